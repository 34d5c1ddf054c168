import { RandomStream, permutation, streamKey } from '../random.js';

/** Mixes a record with another, in place. Gives the share of it that is left, 0 to 1. */
export type RecordMixing = (values: Float32Array, other: Float32Array, random: RandomStream) => number;

/** A random mixing of the records of a batch, in pairs. */
export interface BatchMixing {
  /** How each input is mixed, by its name. */
  readonly inputs: ReadonlyMap<string, RecordMixing>;
  /** Of how many records, on average. */
  readonly probability: number;
  /** Names its random numbers. */
  readonly purpose: string;
}

/** Where in a run a batch is: what random numbers are named by. */
export interface BatchPlace {
  readonly seed: number;
  readonly epoch: number;
  readonly step: number;
  /** Which records it holds. */
  readonly records: Uint32Array;
}

/**
 * Mixes the records of batches in pairs. A record's partner is one of its own batch, drawn by (seed, epoch, step); what is drawn for the pair is
 * named by (seed, epoch, record). Targets are mixed as their inputs are: numbers by the share of each record, and of classes probabilities are
 * made first, `[batch, classes]`.
 */
export class Mixer {
  private readonly mixings: readonly BatchMixing[];
  /** Every target, with its classes where it is one of some. */
  private readonly targets: ReadonlyMap<string, number | undefined>;
  private readonly probabilities = new Map<string, Float32Array>();
  private readonly before = new Map<string, Float32Array>();

  constructor(mixings: readonly BatchMixing[], targets: ReadonlyMap<string, number | undefined>) {
    this.mixings = mixings;
    this.targets = targets;
  }

  /** Changes inputs in place, and puts mixed targets in the place of theirs. */
  mix(values: Map<string, Float32Array>, place: BatchPlace): void {
    const size = place.records.length;
    for (const [name, classes] of this.targets) {
      if (classes !== undefined) values.set(name, this.oneHot(name, values.get(name)!, classes));
    }
    for (const mixing of this.mixings) {
      // In a circle: nobody is its own partner.
      const circle = permutation(size, streamKey(place.seed, `augment/${mixing.purpose}/pairs`, place.epoch, place.step));
      for (const name of [...mixing.inputs.keys(), ...this.targets.keys()]) this.copyOf(name, values.get(name)!);
      circle.forEach((i, turn) => this.mixRecord(mixing, values, place, i, circle[(turn + 1) % size]!));
    }
  }

  private mixRecord(
    { inputs, probability, purpose }: BatchMixing,
    values: ReadonlyMap<string, Float32Array>,
    { seed, epoch, records }: BatchPlace,
    i: number,
    partner: number,
  ): void {
    // A batch of one.
    if (partner === i) return;
    const part = (array: Float32Array, record: number): Float32Array => {
      const length = array.length / records.length;
      return array.subarray(record * length, (record + 1) * length);
    };
    const other = (name: string): Float32Array => part(this.before.get(name)!.subarray(0, values.get(name)!.length), partner);
    let share: number | undefined;
    for (const [name, mix] of inputs) {
      // Every input is mixed in the same way.
      const random = new RandomStream(streamKey(seed, `augment/${purpose}`, epoch, records[i]!));
      if (random.uniform() >= probability) return;
      share = mix(part(values.get(name)!, i), other(name), random);
    }
    for (const name of this.targets.keys()) mixByShare(part(values.get(name)!, i), other(name), share!);
  }

  private oneHot(name: string, classes: Float32Array, count: number): Float32Array {
    const room = this.room(this.probabilities, name, classes.length * count).fill(0);
    classes.forEach((one, i) => (room[i * count + one] = 1));
    return room;
  }

  /** What a mixing begins with: partners are read as they were. */
  private copyOf(name: string, values: Float32Array): void {
    this.room(this.before, name, values.length).set(values);
  }

  /** The first `length` of numbers that are kept from batch to batch. */
  private room(rooms: Map<string, Float32Array>, name: string, length: number): Float32Array {
    const found = rooms.get(name);
    const room = found !== undefined && found.length >= length ? found : new Float32Array(length);
    rooms.set(name, room);
    return room.subarray(0, length);
  }
}

/** `share x + (1 - share) y`, of which not less nor more than both can come out. */
export function mixByShare(values: Float32Array, other: Float32Array, share: number): void {
  for (let i = 0; i < values.length; i++) values[i] = share * values[i]! + (1 - share) * other[i]!;
}
