import { readFileSync } from 'node:fs';
import Pbf from 'pbf';
import { maskedCrc32c } from '../../src/files/tfrecord.js';

/** What a test looks at in one event. */
export interface ReadEvent {
  wallTime: number;
  step: number;
  fileVersion?: string;
  sessionStatus?: number;
  values: { tag: string; value: number; plugin?: string }[];
}

/** Reads an event file and checks every length and CRC. */
export function readEventFile(path: string): ReadEvent[] {
  const file = readFileSync(path);
  const events: ReadEvent[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at));
    // A copy: pbf 4 reads floats from the start of the underlying memory, not of the view.
    const data = new Uint8Array(file.subarray(at + 12, at + 12 + length));
    if (file.readUInt32LE(at + 8) !== maskedCrc32c(file.subarray(at, at + 8))) throw new Error(`wrong CRC of a length at ${at}`);
    if (file.readUInt32LE(at + 12 + length) !== maskedCrc32c(data)) throw new Error(`wrong CRC of data at ${at}`);
    events.push(decodeEvent(data));
    at += length + 16;
  }
  return events;
}

function decodeEvent(data: Uint8Array): ReadEvent {
  const read = (tag: number, event: ReadEvent, pbf: Pbf): void => {
    if (tag === 1) event.wallTime = pbf.readDouble();
    if (tag === 2) event.step = pbf.readVarint(true);
    if (tag === 3) event.fileVersion = pbf.readString();
    if (tag === 5) pbf.readMessage((_, values) => values.push(decodeValue(pbf)), event.values);
    if (tag === 7) pbf.readMessage((_, into) => (into.sessionStatus = pbf.readVarint()), event);
  };
  return new Pbf(data).readFields(read, { wallTime: 0, step: 0, values: [] });
}

function decodeValue(pbf: Pbf): ReadEvent['values'][number] {
  return pbf.readMessage(
    (tag, value) => {
      if (tag === 1) value.tag = pbf.readString();
      if (tag === 8) pbf.readMessage((field) => field === 5 && (value.value = pbf.readPackedFloat()[0]!), undefined);
      if (tag === 9) {
        pbf.readMessage((field) => field === 1 && pbf.readMessage(() => (value.plugin = pbf.readString()), undefined), undefined);
      }
    },
    { tag: '', value: NaN } as ReadEvent['values'][number],
  );
}
