import { createHash } from 'node:crypto';
import type { Cut } from './split.js';
import type { Cell } from './table.js';

/**
 * The test part of a table as version 0.1 chose it, for its runs: by a checksum of the rows.
 * @param part the part of all rows, on average
 */
export function earlierTest(
  columns: Iterable<readonly Cell[]>,
  rows: readonly number[],
  { part, seed }: { part: number; seed: number },
): Cut {
  const all = [...columns];
  const isHeld = rows.map((row) => {
    const content = JSON.stringify(all.map((cells) => cells[row]));
    return createHash('md5').update(`${seed}/${content}`).digest().readUInt32BE(0) / 2 ** 32 < part;
  });
  const places = Uint32Array.from(rows.keys());
  return { rest: places.filter((place) => !isHeld[place]), held: places.filter((place) => isHeld[place]) };
}
