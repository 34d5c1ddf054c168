import type { RecordReader } from '../field.js';
import { type SyntheticOptions, type SyntheticPart, syntheticMaker } from '../synthetic.js';

/** Makes the records of a generated set when they are asked for, so that there may be more than memory holds. */
export function openSynthetic({ options, part }: { options: SyntheticOptions; part: SyntheticPart }): RecordReader {
  return { read: syntheticMaker(options, part) };
}
