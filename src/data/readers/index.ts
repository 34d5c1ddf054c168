import type { ReaderSource, RecordReader } from '../field.js';
import { openRecordFile } from './record-file.js';
import { openRecordings } from './recordings.js';
import { openSynthetic } from './synthetic.js';

/** Every reader, by its type. */
const readers: Readonly<Record<string, (options: never) => RecordReader>> = {
  record_file: openRecordFile,
  recordings: openRecordings,
  several: openSeveral,
  synthetic: openSynthetic,
};

/** Readers that make different fields of the same records. */
function openSeveral(sources: readonly ReaderSource[]): RecordReader {
  const opened = sources.map(openReader);
  return {
    async read(record, values) {
      for (const reader of opened) await reader.read(record, values);
    },
    close: () => opened.forEach((reader) => reader.close?.()),
  };
}

/** Makes a reader, in the thread that asks. */
export function openReader({ type, options }: ReaderSource): RecordReader {
  const open = readers[type];
  if (open === undefined) throw new Error(`no reader is named ${type}`);
  return open(options as never);
}
