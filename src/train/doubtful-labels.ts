import { CpuBackend } from '../backends/cpu/cpu.js';
import type { Field } from '../data/field.js';
import type { Model } from '../graph/programs.js';
import { ProgramBuilder } from '../program/builder.js';
import { optimize } from '../program/optimize.js';
import { permutedPlace, randomInteger, streamKey } from '../random.js';
import { size } from '../shape.js';
import { fixedPlan, openPlan } from './batch-plan.js';
import type { PlannedData, Plans } from './sources.js';

/** A record whose neighbours agree on another class than its own. */
export interface DoubtfulLabel {
  readonly part: keyof Plans;
  readonly record: number;
  readonly label: number;
  /** The class that the neighbours have, and how many of them. */
  readonly other: number;
  readonly votes: number;
  /** How many times as far away as the nearest of them the nearest of its own class is. */
  readonly ratio: number;
}

export interface DoubtfulLabels {
  /** Records that were compared with each other, and all there are. */
  readonly compared: number;
  readonly records: number;
  /** Of how many neighbours `votes` are. */
  readonly neighbours: number;
  /** The clearest first. */
  readonly found: readonly DoubtfulLabel[];
}

const neighbours = 10;
const leastVotes = 8;
/** How much farther away the nearest record of the same class must be than the nearest of the other one. */
const leastRatio = 1.2;
/** Fewer records than this say nothing of each other. */
const leastCompared = 50;
/** Where more of the records of a class than this part would be found, neighbours do not tell that class from others. */
const mostOfClass = 0.1;
/** Wider records are folded. */
const mostWidth = 1024;
/** Multiplications: two to five seconds on two cores. To look at a distance takes as long as some of them, however narrow records are. */
const mostWork = 8e10;
const perDistance = 200;
const blockSize = 256;

/** How many records of a width are compared with each other. */
export const mostCompared = (width: number): number =>
  Math.floor(Math.sqrt(mostWork / (Math.min(width, mostWidth) + perDistance)));

/** Records with their classes, from all parts. */
interface Pool {
  readonly places: readonly { readonly part: keyof Plans; readonly record: number }[];
  /** `[records, width]` */
  readonly values: Float32Array;
  readonly width: number;
  readonly labels: Uint32Array;
}

/**
 * Looks for labels that are probably wrong: records of which eight or more of the ten nearest have one other class, while all of their own
 * are farther away. It is a guess: of MNIST's digits with 2 % of the labels changed it finds four of five, and seven of eight that it finds
 * have been changed. Records are near by the Euclidean distance of what the model reads; wide ones are folded to 1024 values by random signs,
 * which keeps distances on average (Charikar, Chen and Farach-Colton, "Finding frequent items in data streams", 2002). A text is how often
 * each of its tokens comes, rare ones counting most: of spam mails with 2 % of the labels changed it finds half, and 24 of 25 that it finds
 * have been changed. Of many records a random part is compared.
 * @returns nothing where no single class is told, or records are few
 */
export async function findDoubtfulLabels(model: Model, data: PlannedData): Promise<DoubtfulLabels | undefined> {
  const inputs = Object.values(model.info.inputs);
  const targets = Object.entries(data.dataset.info.targets).filter(
    ([, { kind, shape }]) => kind === 'class' && shape.length === 0,
  );
  const [target] = targets;
  if (target === undefined || targets.length > 1) return undefined;
  const width = inputs.reduce((sum, field) => sum + widthOf(field), 0);
  const records = partNames.reduce((sum, part) => sum + (data.plans[part]?.indices.length ?? 0), 0);
  const compared = Math.min(records, mostCompared(width));
  if (compared < leastCompared) return undefined;
  const key = streamKey(model.experiment.seed, 'neighbours');
  const chosen = Float64Array.from({ length: compared }, (_, i) => permutedPlace(i, records, key)).sort();
  const pool = await readPool(
    data,
    Array.from(chosen, (place) => placeIn(data.plans, place)),
    { inputs: Object.entries(model.info.inputs), target: target[0], width, key },
  );
  const found: DoubtfulLabel[] = [];
  await eachNeighbours(pool, (record, near, toOwn) => {
    const label = pool.labels[record]!;
    const votes = new Map<number, number>();
    for (const { place } of near) votes.set(pool.labels[place]!, (votes.get(pool.labels[place]!) ?? 0) + 1);
    for (const [other, count] of votes) {
      if (other === label || count < leastVotes) continue;
      const toOther = near.find(({ place }) => pool.labels[place] === other)!.distance;
      if (toOwn > leastRatio * toOther)
        found.push({ ...pool.places[record]!, label, other, votes: count, ratio: toOwn / toOther });
    }
  });
  const sizes = countsOf(pool.labels, target[1]);
  const doubted = countsOf(
    found.map(({ label }) => label),
    target[1],
  );
  const told = found.filter(({ label }) => doubted[label]! <= Math.max(1, mostOfClass * sizes[label]!));
  return { compared, records, neighbours, found: told.sort((a, b) => b.votes - a.votes || b.ratio - a.ratio) };
}

const partNames = ['train', 'validation', 'test'] as const;

/** The record at a place among those of all parts. */
function placeIn(plans: Plans, place: number): Pool['places'][number] {
  let before = 0;
  for (const part of partNames) {
    const indices = plans[part]?.indices ?? new Uint32Array();
    if (place < before + indices.length) return { part, record: indices[place - before]! };
    before += indices.length;
  }
  throw new RangeError(`there are ${before} records, and none at ${place}`);
}

function countsOf(labels: Iterable<number>, field: Field): number[] {
  const counts = new Array<number>((field as { classes: number }).classes).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
}

/** How many numbers a field is here: of tokens, how often each comes. */
const widthOf = (field: Field): number => (field.kind === 'number' ? size(field.shape) : field.classes);

interface PoolChoice {
  readonly inputs: readonly (readonly [name: string, field: Field])[];
  readonly target: string;
  /** Values of a record, before it is folded. */
  readonly width: number;
  readonly key: number;
}

/** @param places the records wanted, those of a part side by side */
async function readPool(
  { plans }: PlannedData,
  places: Pool['places'],
  { inputs, target, width: whole, key }: PoolChoice,
): Promise<Pool> {
  const width = Math.min(whole, mostWidth);
  const values = new Float32Array(places.length * width);
  const labels = new Uint32Array(places.length);
  const fold = whole > width ? Uint32Array.from({ length: whole }, (_, i) => randomInteger(key, i)) : undefined;
  const add = (record: number, place: number, value: number): void => {
    if (!Number.isFinite(value)) return;
    // Of the random number one bit is the sign, the others the place.
    const hash = fold?.[place] ?? place * 2;
    values[record * width + ((hash >>> 1) % width)]! += (hash & 1) === 0 ? value : -value;
  };
  const rarity = await rarityOfTokens(plans, places, inputs);
  await eachRecord(plans, places, (record, read) => {
    labels[record] = read(target)[0]!;
    let first = 0;
    for (const [name, field] of inputs) {
      const found = read(name);
      if (field.kind === 'number') found.forEach((value, i) => add(record, first + i, value));
      else for (const [token, weight] of weightsOf(found, rarity.get(name)!)) add(record, first + token, weight);
      first += widthOf(field);
    }
  });
  center(values, width);
  return { places, values, width, labels };
}

/** Calls `use` for each record in turn, with what reads a field of it. */
async function eachRecord(
  plans: Plans,
  places: Pool['places'],
  use: (record: number, read: (field: string) => Float32Array) => void,
): Promise<void> {
  let at = 0;
  for (const part of partNames) {
    const indices = Uint32Array.from(places.filter((place) => place.part === part).map(({ record }) => record));
    if (indices.length === 0) continue;
    const plan = fixedPlan(plans[part]!);
    const source = openPlan({ ...plan, indices, batchSize: Math.min(plan.batchSize, indices.length) });
    try {
      for (let step = 0; step < source.stepsPerEpoch; step++) {
        const { size: count, values } = await source.batch(0, step);
        for (let i = 0; i < count; i++) {
          use(at++, (field) => {
            const all = values.get(field)!;
            return all.subarray((i * all.length) / count, ((i + 1) * all.length) / count);
          });
        }
      }
    } finally {
      source.close();
    }
  }
}

/** Of each input of tokens, log(records / records that have it) for each token: 0 for what all have, such as padding. */
async function rarityOfTokens(
  plans: Plans,
  places: Pool['places'],
  inputs: PoolChoice['inputs'],
): Promise<Map<string, Float64Array>> {
  const counts = new Map<string, Float64Array>();
  for (const [name, field] of inputs) if (field.kind === 'class') counts.set(name, new Float64Array(field.classes));
  if (counts.size === 0) return counts;
  await eachRecord(plans, places, (_, read) => {
    for (const [name, having] of counts) for (const token of new Set(read(name))) having[token]!++;
  });
  for (const [name, having] of counts) {
    counts.set(
      name,
      having.map((count) => Math.log(places.length / Math.max(1, count))),
    );
  }
  return counts;
}

/** For each token (1 + log of how often it comes) x its rarity, scaled to length 1 (Salton and Buckley, 1988). */
function weightsOf(tokens: Float32Array, rarity: Float64Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  let squares = 0;
  for (const [token, count] of counts) {
    const weight = (1 + Math.log(count)) * rarity[token]!;
    counts.set(token, weight);
    squares += weight * weight;
  }
  for (const [token, weight] of counts) counts.set(token, squares > 0 ? weight / Math.sqrt(squares) : 0);
  return counts;
}

/** Takes the mean of each place off, which changes no distance: products of smaller numbers are more exact. */
function center(values: Float32Array, width: number): void {
  const sums = new Float64Array(width);
  for (let i = 0; i < values.length; i++) sums[i % width]! += values[i]!;
  const records = values.length / width;
  for (let i = 0; i < values.length; i++) values[i] = values[i]! - sums[i % width]! / records;
}

/** Another record, and how far away it is. */
interface Neighbour {
  readonly place: number;
  readonly distance: number;
}

/** Calls `use` for each record in turn, with those that are nearest to it and how far away the nearest of its class is. */
async function eachNeighbours(
  { values, width, labels }: Pool,
  use: (record: number, near: readonly Neighbour[], toOwn: number) => void,
): Promise<void> {
  const count = labels.length;
  const norms = Float64Array.from({ length: count }, (_, i) =>
    values.subarray(i * width, (i + 1) * width).reduce((sum, value) => sum + value * value, 0),
  );
  const builder = new ProgramBuilder();
  const rows = builder.input('rows', [blockSize, width]);
  builder.output('products', builder.matmul(rows, builder.stateTensor('records', [count, width]), { transposeB: true }));
  const session = await new CpuBackend().open({ products: optimize(builder.finish()) });
  try {
    await session.writeState('records', values);
    const executable = session.executable('products');
    const block = new Float32Array(blockSize * width);
    for (let first = 0; first < count; first += blockSize) {
      block.set(values.subarray(first * width, Math.min(count, first + blockSize) * width));
      await executable.run(new Map([['rows', block]]));
      const products = await executable.read('products');
      for (let record = first; record < Math.min(count, first + blockSize); record++) {
        const start = (record - first) * count;
        const squared = (other: number): number => norms[record]! + norms[other]! - 2 * products[start + other]!;
        let own = Infinity;
        for (let other = 0; other < count; other++) {
          if (labels[other] === labels[record] && other !== record) own = Math.min(own, squared(other));
        }
        use(record, nearest(count, record, squared), Math.sqrt(Math.max(0, own)));
      }
    }
  } finally {
    await session.dispose();
  }
}

/** The records at the smallest distances, without the record itself; of equal ones the first. */
function nearest(count: number, own: number, squared: (other: number) => number): Neighbour[] {
  const near = new Uint32Array(neighbours);
  const distances = new Float64Array(neighbours).fill(Infinity);
  for (let other = 0; other < count; other++) {
    const far = squared(other);
    if (!(far < distances[neighbours - 1]!) || other === own) continue;
    let at = neighbours - 1;
    for (; at > 0 && distances[at - 1]! > far; at--) {
      distances[at] = distances[at - 1]!;
      near[at] = near[at - 1]!;
    }
    distances[at] = far;
    near[at] = other;
  }
  return Array.from(near, (place, i) => ({ place, distance: Math.sqrt(Math.max(0, distances[i]!)) }));
}
