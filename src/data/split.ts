import { createHash } from 'node:crypto';
import { UserError } from '../errors.js';
import { permutation, permutedPlace, randomInteger, streamKey } from '../random.js';
import { allRecords, mostHeldByDefault } from './batches.js';
import { type ContentKeys, textKey } from './content-keys.js';
import { sharedArray } from './shared.js';
import { momentOf } from './time.js';

/** How records are cut into parts. */
export interface SplitPlan {
  /** `index`: by place, whatever stands in the records. */
  readonly type: 'random' | 'stratified' | 'group' | 'time' | 'index';
  /** What groups, times or classes are read from; without it classes are the target's. */
  readonly column?: string | undefined;
  readonly seed: number;
  /** Records held out: a number, or a part below 1. */
  readonly validation: number;
  /** Which of how many folds is held out, from 1, in place of `validation`. */
  readonly fold?: { readonly number: number; readonly of: number } | undefined;
}

/** Records that are to be cut into parts. */
export interface SplitRecords {
  readonly length: number;
  /** What stands for their content; without it records are told by their places. */
  readonly keys?: ContentKeys | undefined;
  /** The group, the time or the class of each, where the plan asks for one. */
  readonly by?: readonly (string | number | null)[] | undefined;
}

/** Places of records, in order. */
export interface Cut {
  readonly rest: Uint32Array;
  readonly held: Uint32Array;
}

/** Something that cannot be split as `data.split` says. */
export class SplitError extends UserError {
  override readonly name = 'SplitError';
  readonly path: readonly string[];

  constructor(path: readonly string[], message: string, hint: string) {
    super(message, { hint, exit: 'usage' });
    this.path = path;
  }
}

/**
 * Cuts records into parts. Each record's place in the order in which they are held out is a function of the seed and of what stands in it
 * alone, so that a record more or less moves no other across, but for those at the border of a number that is to be held out. Equal records
 * come at the same place, and are never parted.
 */
export class Splitter {
  readonly plan: SplitPlan;

  constructor(plan: SplitPlan) {
    this.plan = plan;
  }

  /**
   * What is kept for the test. At random each record is told by itself alone, so that none ever changes sides; the number of them is about
   * what is asked for.
   * @param part of all records, below 1
   * @throws SplitError if they cannot be parted
   */
  test(records: SplitRecords, part: number, seed: number): Cut {
    const { length } = records;
    const key = streamKey(seed, 'test');
    if (length < 2) return { rest: allRecords(length), held: new Uint32Array() };
    if (this.plan.type === 'random' && records.keys !== undefined) {
      const most = part * 2 ** 53;
      const ranks = seeded(records.keys, key);
      const [held, rest] = [true, false].map((side) => allRecords(length).filter((record) => ranks[record]! < most === side));
      if (held!.length > 0 && rest!.length > 0) return { rest: rest!, held: held! };
    }
    return this.hold(records, Math.min(length - 1, Math.max(1, Math.round(part * length))), key);
  }

  /**
   * What is held out for validation.
   * @throws SplitError if they cannot be parted
   */
  validation(records: SplitRecords): Cut {
    const { fold, seed, validation } = this.plan;
    const { length } = records;
    const key = streamKey(seed, 'validation');
    if (fold !== undefined) return this.fold(records, fold, key);
    const count = validationCount(validation, length);
    if (count === 0) return { rest: allRecords(length), held: new Uint32Array() };
    if (!Number.isInteger(count) || count < 0) throw new RangeError(`${count} records cannot be held out`);
    if (count < length) {
      const isByPlace = this.plan.type === 'index' || (this.plan.type === 'random' && records.keys === undefined);
      return isByPlace ? heldByPlace(length, count, key) : this.hold(records, count, key);
    }
    throw new UserError(`validation holds out ${count} records, but there are only ${length} to train on`, {
      hint: `Set validation to less than ${length}.`,
      exit: 'usage',
    });
  }

  private hold(records: SplitRecords, count: number, key: number): Cut {
    const { ranks, strata } = this.order(records, key);
    const total = ranks.length;
    const counts = sharesOf(
      strata.map(({ length }) => length),
      count,
    );
    if (strata.length > 1 && counts.every((held) => held === 0)) {
      throw new SplitError(
        this.plan.column === undefined ? [] : ['column'],
        `there are ${strata.length} classes of ${total} records: none has a record to spare`,
        'stratified needs a column of few different values',
      );
    }
    return cutOf(
      total,
      strata,
      (stratum, i) => {
        const sorted = sortedRanks(ranks, stratum);
        const end = borderNear(sorted, counts[i]!);
        if (strata.length > 1) return sorted.slice(0, end);
        if (end > 0 && end < total) return sorted.slice(0, end);
        // The nearest border leaves nothing on one side: the other end of what is alike.
        const other = end === 0 ? sorted.findIndex((rank) => rank > sorted[0]!) : sorted.indexOf(sorted[total - 1]!);
        if (other > 0) return sorted.slice(0, other);
        throw this.inseparable();
      },
      ranks,
    );
  }

  private fold(records: SplitRecords, { number, of }: { number: number; of: number }, key: number): Cut {
    const { ranks, strata } = this.order(records, key);
    const isTime = this.plan.type === 'time';
    // The first block is only trained on where each fold is told from what came before it.
    const [first, blocks] = isTime ? [number, of + 1] : [number - 1, of];
    // Classes that do not come out even give their rest to the folds in turn.
    let dealt = 0;
    const later = new Set<number>();
    const cut = cutOf(
      ranks.length,
      strata,
      (stratum) => {
        // Ranks of times fall.
        const sorted = isTime ? sortedRanks(ranks, stratum).reverse() : sortedRanks(ranks, stratum);
        const [from, to] = [first, first + 1].map((block) => borderNear(sorted, blockStart(sorted.length, blocks, block, dealt)));
        dealt = (dealt + sorted.length) % blocks;
        if (isTime) for (const rank of sorted.slice(to)) later.add(rank);
        return sorted.slice(from, to);
      },
      ranks,
    );
    const rest = cut.rest.filter((record) => !later.has(ranks[record]!));
    if (rest.length > 0 && cut.held.length > 0) return { rest, held: cut.held };
    throw new SplitError(
      [],
      `fold ${number} of ${of} would have no record to ${rest.length === 0 ? 'train on' : 'validate with'}`,
      `there are ${ranks.length} records${this.plan.type === 'random' ? '' : ` of ${new Set(ranks).size} different values`}: take fewer folds`,
    );
  }

  /** Numbers in whose order records are held out, equal ones for records that stay together, and the records of each stratum. */
  private order({ length, keys: content, by }: SplitRecords, key: number): { ranks: Float64Array; strata: Uint32Array[] } {
    const { type } = this.plan;
    const together = allRecords(length);
    if (type === 'index' || (type === 'random' && content === undefined)) {
      const ranks = new Float64Array(length);
      permutation(length, key).forEach((record, rank) => (ranks[record] = rank));
      return { ranks, strata: [together] };
    }
    const keys = content ?? Float64Array.from(together);
    if (type !== 'random' && by === undefined) throw new RangeError(`nothing is given to split by: ${type}`);
    if (type === 'random') return { ranks: seeded(keys, key), strata: [together] };
    const values = by!.map((value, record) => this.checked(value, record));
    if (type === 'stratified') return { ranks: seeded(keys, key), strata: strataOf(values) };
    if (type === 'group') {
      const groups = new Map<string, number>();
      const ranks = Float64Array.from(values, (value) => {
        const name = String(value);
        if (!groups.has(name)) groups.set(name, textKey(name));
        return groups.get(name)!;
      });
      return { ranks: seeded(ranks, key), strata: [together] };
    }
    return { ranks: Float64Array.from(values, (value) => -this.time(value)), strata: [together] };
  }

  private checked(value: string | number | null, record: number): string | number {
    if (value !== null) return value;
    const { type, column } = this.plan;
    throw new SplitError(
      ['column'],
      `record ${record + 1} has no value of "${column}" to split by`,
      `fill it in the query, or leave it out; ${type} needs one of each record`,
    );
  }

  private time(value: string | number): number {
    const time = momentOf(value);
    if (Number.isFinite(time)) return time;
    throw new SplitError(
      ['column'],
      `"${this.plan.column}" holds ${JSON.stringify(value)}, which is neither a number nor a time`,
      'write times as 2024-05-31 18:00, or make them so in the query',
    );
  }

  private inseparable(): SplitError {
    const { type, column } = this.plan;
    return type === 'group' || type === 'time'
      ? new SplitError(
          ['column'],
          `"${column}" is the same in every record: nothing can be held out by it`,
          'split by another column',
        )
      : new SplitError(
          [],
          'all records are equal, and equal records are never parted: nothing can be held out',
          'take other records',
        );
  }
}

/** What parts records where nobody says how. */
export const byChance = new Splitter({ type: 'random', seed: 0, validation: 0 });

/**
 * Where a block begins, of some into which things in a row are cut: all of one size, but that some have one more, those from the block `dealt`
 * on, and around.
 */
function blockStart(length: number, blocks: number, block: number, dealt = 0): number {
  const rest = length % blocks;
  const [first, over] = [Math.min(dealt + rest, blocks), Math.max(0, dealt + rest - blocks)];
  const larger = Math.min(block, over) + Math.max(0, Math.min(block, first) - dealt);
  return Math.floor(length / blocks) * block + larger;
}

/** The records held out for validation, as a number. */
export function validationCount(validation: number, length: number): number {
  return validation < 1 ? Math.round(validation * length) : validation;
}

/** How many records there will be in each part, as far as it can be known before they are read: equal ones stay together. */
export function plannedParts({ type, validation, fold }: SplitPlan, length: number): { train: number; validation: number } {
  if (fold === undefined) {
    const held = validationCount(validation, length);
    return { train: length - held, validation: held };
  }
  const [first, blocks] = type === 'time' ? [fold.number, fold.of + 1] : [fold.number - 1, fold.of];
  const [from, to] = [first, first + 1].map((block) => blockStart(length, blocks, block));
  return { train: type === 'time' ? from! : length - (to! - from!), validation: to! - from! };
}

/** What a part holds, whatever the order. */
export interface PartRecord {
  readonly records: number;
  /** Of the keys of its records, the smallest first; null where their content is not known before they are read. */
  readonly checksum: string | null;
}

export function partRecord(keys: ContentKeys | undefined, records: Uint32Array): PartRecord {
  if (keys === undefined) return { records: records.length, checksum: null };
  const sorted = Float64Array.from(records, (record) => keys[record]!).sort();
  return { records: records.length, checksum: createHash('md5').update(new Uint8Array(sorted.buffer)).digest('hex') };
}

/** Keys in another order for each seed. */
function seeded(keys: Float64Array, key: number): Float64Array {
  return keys.map((content) => {
    const low = content % 2 ** 21;
    return randomInteger(randomInteger(key, Math.floor(content / 2 ** 21)), low) * 2 ** 21 + low;
  });
}

/** The records of each class, the classes in the order of their names. */
function strataOf(values: readonly (string | number)[]): Uint32Array[] {
  const members = new Map<string, number[]>();
  values.forEach((value, record) => {
    const name = String(value);
    const found = members.get(name);
    if (found === undefined) members.set(name, [record]);
    else found.push(record);
  });
  return [...members].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, records]) => Uint32Array.from(records));
}

/** What of a number comes to each of some strata: their shares, rounded so that the sum is kept. Each keeps one of its own. */
function sharesOf(sizes: readonly number[], count: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const exact = sizes.map((size) => (count * size) / total);
  const shares = exact.map(Math.floor);
  if (sizes.length === 1) return [count];
  const byRest = sizes.map((_, i) => i).sort((i, j) => exact[j]! - shares[j]! - (exact[i]! - shares[i]!) || i - j);
  let left = count - shares.reduce((sum, share) => sum + share, 0);
  for (const i of byRest) {
    if (left === 0) break;
    if (shares[i]! + 1 >= sizes[i]!) continue;
    shares[i]!++;
    left--;
  }
  return shares.map((share, i) => Math.min(share, sizes[i]! - 1));
}

const sortedRanks = (ranks: Float64Array, stratum: Uint32Array): Float64Array =>
  Float64Array.from(stratum, (record) => ranks[record]!).sort();

/** The place nearest to one in sorted ranks where they differ, or an end of them. */
function borderNear(sorted: Float64Array, place: number): number {
  if (place <= 0 || place >= sorted.length || sorted[place - 1] !== sorted[place]) return place;
  let [below, above] = [place - 1, place + 1];
  while (below > 0 && sorted[below - 1] === sorted[place]) below--;
  while (above < sorted.length && sorted[above] === sorted[place]) above++;
  return place - below <= above - place ? below : above;
}

/** Holds out the records of each stratum whose ranks are chosen. */
function cutOf(
  length: number,
  strata: readonly Uint32Array[],
  choose: (stratum: Uint32Array, i: number) => Float64Array,
  ranks: Float64Array,
): Cut {
  const isHeld = new Uint8Array(length);
  strata.forEach((stratum, i) => {
    const chosen = choose(stratum, i);
    if (chosen.length === 0) return;
    const [one, other] = [chosen[0]!, chosen[chosen.length - 1]!];
    const [least, most] = [Math.min(one, other), Math.max(one, other)];
    for (const record of stratum) if (ranks[record]! >= least && ranks[record]! <= most) isHeld[record] = 1;
  });
  return parted(isHeld);
}

/** Records held out by their places: of so many that no order of them can be held, too. */
export function heldByPlace(length: number, count: number, key: number, mostHeld = mostHeldByDefault): Cut {
  const order = length > mostHeld ? undefined : permutation(length, key);
  const isHeld = new Uint8Array(length);
  for (let i = 0; i < count; i++) isHeld[order?.[i] ?? permutedPlace(i, length, key)] = 1;
  return parted(isHeld);
}

/** In memory that all threads see. */
function parted(isHeld: Uint8Array): Cut {
  const count = isHeld.reduce((sum, one) => sum + one, 0);
  const [rest, held] = [sharedArray(Uint32Array, isHeld.length - count), sharedArray(Uint32Array, count)];
  for (let record = 0, at = 0; record < isHeld.length; record++) {
    if (isHeld[record] === 1) held[record - at] = record;
    else rest[at++] = record;
  }
  return { rest, held };
}
