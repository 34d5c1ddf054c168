import { join } from 'node:path';
import type { Examples } from '../field.js';
import { keptRecords } from '../kept-records.js';
import { type PreparedFile, preparedKey, temporaryPrepared } from '../prepared-cache.js';
import { fileProvenance } from '../provenance.js';
import type { RecordFile } from '../readers/record-file.js';
import type { Skipped } from '../skipped.js';
import { type FileWithTarget as Picture, contentOf } from '../labelled-files.js';
import { type PictureFormat, channelsOf, loadSharp } from './decode.js';
import { type PreparedPictures, preparePictures } from './prepare.js';

export interface DecodingOptions {
  readonly format: PictureFormat;
  /** Bytes that decoded pictures may take. If they take more, they are in a file. */
  readonly memory: number;
  /** Where such files are. */
  readonly folder: string;
  /** Whether the file is kept, and used again. */
  readonly keep: boolean;
  /** Takes what cannot be decoded. */
  readonly bad: Skipped;
  log(line: string): void;
}

/** Pictures side by side, without those that were left out. */
export interface DecodedPictures {
  /** The places, in the list that was given, of those that were left out. */
  readonly skipped: ReadonlySet<number>;
  /** The checksum of the content of each of the others. */
  readonly md5: readonly string[];
  readonly provenance: { file: string; md5: string }[];
  /** Some of the others, one after the other, as a field of records. */
  records(field: string, start: number, count: number): Pick<Examples, 'columns' | 'reader'>;
}

/** Decodes pictures into memory, or into a file where they are too many; or reads what was kept of them. */
export async function decodePictures(pictures: readonly Picture[], options: DecodingOptions): Promise<DecodedPictures> {
  const { format, memory, folder, keep, bad, log } = options;
  const recordBytes = format.height * format.width * channelsOf(format);
  const fits = recordBytes * pictures.length <= memory;
  if (fits && !keep) {
    const records = new Uint8Array(new SharedArrayBuffer(recordBytes * pictures.length));
    let length = 0;
    const notes = await decode(pictures, options, (record) => records.set(record, recordBytes * length++));
    return { ...known(pictures, notes), records: inMemory(records, recordBytes) };
  }
  const key = keep ? await keyOf(pictures, format) : '';
  const path = keep ? join(folder, `images-${key}.records`) : temporaryPrepared(folder);
  const { file, held, isMade } = await keptRecords(path, key, recordBytes, fits, (append) => decode(pictures, options, append));
  const notes = file.notes as PreparedPictures;
  if (isMade && keep) log(`decoded pictures are kept in ${path}`);
  if (!isMade) {
    for (const { index, reason, hint } of notes.skipped) {
      bad.add(pictures[index]!.path, reason, hint === undefined ? {} : { hint });
    }
  }
  return { ...known(pictures, notes), records: held === undefined ? inFile(file) : inMemory(held, recordBytes) };
}

/** What is known of pictures that have been decoded, now or earlier. */
function known(pictures: readonly Picture[], { skipped, md5 }: PreparedPictures): Omit<DecodedPictures, 'records'> {
  const isSkipped = new Set(skipped.map(({ index }) => index));
  const kept = pictures.filter((_, i) => !isSkipped.has(i));
  return { skipped: isSkipped, md5, provenance: fileProvenance(kept, md5) };
}

const decode = (
  pictures: readonly Picture[],
  { format, bad, log }: DecodingOptions,
  append: (record: Uint8Array) => void,
): Promise<PreparedPictures> => preparePictures(pictures, format, { bad, append, log });

/** All that decoded pictures depend on, every byte of them: a file may change and keep its size and its time. */
async function keyOf(pictures: readonly Picture[], format: PictureFormat): Promise<string> {
  const { versions } = await loadSharp();
  return preparedKey('images', 4, versions, format, await contentOf(pictures));
}

function inMemory(records: Uint8Array, recordBytes: number): DecodedPictures['records'] {
  return (field, start, count) => ({
    columns: { [field]: { values: records.subarray(start * recordBytes, (start + count) * recordBytes) } },
  });
}

function inFile({ path, recordBytes }: PreparedFile): DecodedPictures['records'] {
  return (field, start) => {
    const options: RecordFile = {
      path,
      start: start * recordBytes,
      fields: [{ name: field, size: recordBytes, type: 'uint8' }],
      scaled: [field],
    };
    return { columns: {}, reader: { type: 'record_file', options } };
  };
}
