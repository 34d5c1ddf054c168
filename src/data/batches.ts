import { UserError } from '../errors.js';
import { permutation, streamKey } from '../random.js';
import { byteTable, type BatchTransform } from './byte-table.js';

/** Records in memory, row-major. Bytes stand for value / 255, floats for themselves. */
export interface Records {
  readonly length: number;
  readonly inputs: Uint8Array | Float32Array;
  /** The class of each record. */
  readonly targets: Uint8Array;
}

export interface BatchSourceOptions {
  records: Records;
  /** Which records make an epoch, and their order where nothing is shuffled. */
  indices: Uint32Array;
  /** The shape of one record. */
  inputShape: readonly number[];
  /** Applied in this order to the inputs of every batch. */
  transforms?: readonly BatchTransform[];
  batchSize: number;
  /** The root seed of the shuffle; without it every epoch runs in the order of `indices`. */
  shuffleSeed?: number | undefined;
}

/** One batch. The arrays are views of buffers that the next batch overwrites. */
export interface Batch {
  /** `[size, ...inputShape]` */
  readonly inputs: Float32Array;
  /** `[size]`, the class of each record. */
  readonly targets: Float32Array;
  readonly size: number;
}

/**
 * Batches by (epoch, step), each had directly: the order of an epoch is a pure function of the seed and the epoch, so nothing
 * is replayed. The last batch of an epoch holds what is left over. After construction a batch allocates nothing; the order is
 * allocated once an epoch.
 */
export class BatchSource {
  readonly length: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  private readonly records: Records;
  private readonly indices: Uint32Array;
  private readonly recordSize: number;
  /** For bytes: what each of them becomes, `[256, channels]`. */
  private readonly table: Float32Array;
  /** What the table has not done. */
  private readonly transforms: readonly BatchTransform[];
  private readonly shuffleSeed: number | undefined;
  private readonly full: Batch;
  private readonly last: Batch;
  private order: Uint32Array;
  private orderEpoch: number | undefined;

  /** @throws UserError if `batchSize` is larger than the number of records. */
  constructor(options: BatchSourceOptions) {
    const { records, indices, inputShape, batchSize } = options;
    this.length = indices.length;
    if (!Number.isInteger(batchSize) || batchSize < 1) throw new RangeError(`batch size ${batchSize} is not a positive integer`);
    if (batchSize > this.length) {
      throw new UserError(`batch_size is ${batchSize}, but there are only ${this.length} records`, {
        hint: `Set batch_size to at most ${this.length}, or hold out fewer records for validation.`,
        exit: 'usage',
      });
    }
    this.recordSize = inputShape.reduce((product, size) => product * size, 1);
    if (records.inputs.length !== records.length * this.recordSize || records.targets.length !== records.length) {
      throw new RangeError(
        `${records.length} records do not fill arrays of ${records.inputs.length} and ${records.targets.length}`,
      );
    }
    if (indices.some((index) => index >= records.length)) throw new RangeError('an index lies beyond the records');
    this.batchSize = batchSize;
    this.stepsPerEpoch = Math.ceil(this.length / batchSize);
    this.records = records;
    this.indices = indices;
    const transforms = options.transforms ?? [];
    const { table, folded } = byteTable(inputShape, transforms);
    this.table = table;
    this.transforms = records.inputs instanceof Uint8Array ? transforms.slice(folded) : transforms;
    this.shuffleSeed = options.shuffleSeed;
    this.order = indices;

    const inputs = new Float32Array(batchSize * this.recordSize);
    const targets = new Float32Array(batchSize);
    this.full = { inputs, targets, size: batchSize };
    const size = this.length - (this.stepsPerEpoch - 1) * batchSize;
    this.last = { inputs: inputs.subarray(0, size * this.recordSize), targets: targets.subarray(0, size), size };
  }

  /** The batch of a step in `0 … stepsPerEpoch - 1`, valid until the next call. */
  batch(epoch: number, step: number): Batch {
    if (!(step >= 0 && step < this.stepsPerEpoch)) throw new RangeError(`step ${step} is not in 0 … ${this.stepsPerEpoch - 1}`);
    const order = this.epochOrder(epoch);
    const start = step * this.batchSize;
    const batch = step === this.stepsPerEpoch - 1 ? this.last : this.full;
    const { inputs, targets } = this.records;
    if (!(inputs instanceof Uint8Array)) gatherFloats(inputs, this.recordSize, order, start, batch);
    else if (this.table.length === 256) gatherBytes(inputs, this.table, this.recordSize, order, start, batch);
    else gatherChannels(inputs, this.table, this.recordSize, order, start, batch);
    for (let i = 0; i < batch.size; i++) batch.targets[i] = targets[order[start + i]!]!;
    for (const transform of this.transforms) transform(batch.inputs);
    return batch;
  }

  private epochOrder(epoch: number): Uint32Array {
    if (this.shuffleSeed === undefined || this.orderEpoch === epoch) return this.order;
    const order = permutation(this.length, streamKey(this.shuffleSeed, 'shuffle', epoch));
    for (let i = 0; i < order.length; i++) order[i] = this.indices[order[i]!]!;
    this.order = order;
    this.orderEpoch = epoch;
    return order;
  }
}

// One loop per kind of array: V8 compiles a loop that meets several for none of them.

/** Four at a time: V8 does not unroll, and half of the time of the plain loop goes to its counters. */
function gatherBytes(
  from: Uint8Array,
  table: Float32Array,
  recordSize: number,
  order: Uint32Array,
  start: number,
  to: Batch,
): void {
  const { inputs, size } = to;
  let out = 0;
  for (let i = 0; i < size; i++) {
    let at = order[start + i]! * recordSize;
    const end = at + recordSize;
    for (; at + 3 < end; at += 4, out += 4) {
      inputs[out] = table[from[at]!]!;
      inputs[out + 1] = table[from[at + 1]!]!;
      inputs[out + 2] = table[from[at + 2]!]!;
      inputs[out + 3] = table[from[at + 3]!]!;
    }
    while (at < end) inputs[out++] = table[from[at++]!]!;
  }
}

function gatherChannels(
  from: Uint8Array,
  table: Float32Array,
  recordSize: number,
  order: Uint32Array,
  start: number,
  to: Batch,
): void {
  const { inputs, size } = to;
  const channels = table.length / 256;
  for (let i = 0, out = 0; i < size; i++) {
    const offset = order[start + i]! * recordSize;
    for (let at = offset; at < offset + recordSize;) {
      for (let channel = 0; channel < channels; channel++) inputs[out++] = table[from[at++]! * channels + channel]!;
    }
  }
}

function gatherFloats(from: Float32Array, recordSize: number, order: Uint32Array, start: number, to: Batch): void {
  const { inputs, size } = to;
  for (let i = 0, out = 0; i < size; i++) {
    const offset = order[start + i]! * recordSize;
    for (let at = offset; at < offset + recordSize; at++) inputs[out++] = from[at]!;
  }
}

/**
 * Chooses `count` of the records `0 … length - 1` to be held out for validation, the same ones for the same seed. Both arrays are sorted.
 * @throws UserError if no record would be left to train on.
 */
export function splitValidation(length: number, count: number, seed: number): { train: Uint32Array; validation: Uint32Array } {
  if (!Number.isInteger(count) || count < 0) throw new RangeError(`${count} records cannot be held out`);
  if (count >= length) {
    throw new UserError(`validation holds out ${count} records, but there are only ${length} to train on`, {
      hint: `Set validation to less than ${length}.`,
      exit: 'usage',
    });
  }
  const order = permutation(length, streamKey(seed, 'validation'));
  return { train: order.slice(count).sort(), validation: order.slice(0, count).sort() };
}
