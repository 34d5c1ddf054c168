import { RandomStream, randomNormal, streamKey } from '../random.js';
import type { Field } from './field.js';

/** A generated data set. */
export interface SyntheticOptions {
  readonly task: SyntheticTask;
  readonly seed: number;
  /** Standard deviation of what is added to the numbers: to the coordinates of points, to the target of a regression. */
  readonly noise: number;
  readonly classes: number;
  readonly features: number;
  /** Symbols of a sequence. */
  readonly length: number;
}

/** The two parts of a set, whose records have nothing in common but the task. */
export type SyntheticPart = 'train' | 'test';

/** Room for one record of each field. */
export type Room = Readonly<Record<string, Float32Array>>;

interface Task {
  /** What it takes beside seed, with what it takes by default. */
  readonly defaults: Partial<Omit<SyntheticOptions, 'task' | 'seed'>>;
  /** Classes where it cannot have another number of them. */
  readonly onlyClasses?: number;
  fields(options: SyntheticOptions): { inputs: Record<string, Field>; targets: Record<string, Field> };
  /** Writes a record. What records have in common is drawn once. */
  maker(options: SyntheticOptions): (record: number, random: RandomStream, values: Room) => void;
}

const pointFields: Task['fields'] = ({ features, classes }) => ({
  inputs: { input: { kind: 'number', shape: [features] } },
  targets: { target: { kind: 'class', shape: [], classes } },
});

/**
 * Points of a plane, one class after the other. Features beyond the two coordinates are normal numbers that have nothing to do with the class.
 * @param draw the coordinates of a point of a class
 */
function pointsOf(draw: (label: number, random: RandomStream, classes: number) => readonly [number, number]): Task['maker'] {
  return ({ classes, noise }) =>
    (record, random, { input, target }) => {
      const label = record % classes;
      const [x, y] = draw(label, random, classes);
      input![0] = x + noise * random.normal();
      input![1] = y + noise * random.normal();
      for (let i = 2; i < input!.length; i++) input![i] = random.normal();
      target![0] = label;
    };
}

const plane = { noise: 0.1, features: 2, classes: 2 };

export const tasks = {
  /** Normal numbers around a point for each class; the points are drawn from -1 … 1. */
  blobs: {
    defaults: { ...plane, classes: 3 },
    fields: pointFields,
    maker({ seed, classes, features, noise }) {
      const key = new RandomStream(streamKey(seed, 'synthetic/blobs'));
      const centers = Float64Array.from({ length: classes * features }, () => key.between(-1, 1));
      return (record, random, { input, target }) => {
        const label = record % classes;
        for (let i = 0; i < features; i++) input![i] = centers[label * features + i]! + noise * random.normal();
        target![0] = label;
      };
    },
  },
  /** Two half circles, each of which reaches into the other. */
  moons: {
    defaults: plane,
    onlyClasses: 2,
    fields: pointFields,
    maker: pointsOf((label, random) => {
      const angle = Math.PI * random.uniform();
      return label === 0 ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
    }),
  },
  /** Arms that turn once around the middle, one for each class. */
  spirals: {
    defaults: { ...plane, noise: 0.02 },
    fields: pointFields,
    maker: pointsOf((label, random, classes) => {
      const along = random.uniform();
      const angle = 2 * Math.PI * (along + label / classes);
      return [along * Math.cos(angle), along * Math.sin(angle)];
    }),
  },
  /** Points of the square -1 … 1: class 1 where exactly one of the two coordinates is positive. */
  xor: {
    defaults: plane,
    onlyClasses: 2,
    fields: pointFields,
    maker: pointsOf((label, random) => {
      const [x, y] = [random.between(-1, 1), random.uniform()];
      return [x, x > 0 === (label === 1) ? -y : y];
    }),
  },
  /** A circle within a circle. */
  circles: {
    defaults: plane,
    onlyClasses: 2,
    fields: pointFields,
    maker: pointsOf((label, random) => {
      const angle = 2 * Math.PI * random.uniform();
      const radius = label === 0 ? 1 : 0.5;
      return [radius * Math.cos(angle), radius * Math.sin(angle)];
    }),
  },
  /** Normal numbers, and a weighted sum of them with variance 1 on average. */
  regression: {
    defaults: { noise: 0.1, features: 10 },
    fields: ({ features }) => ({
      inputs: { input: { kind: 'number', shape: [features] } },
      targets: { target: { kind: 'number', shape: [] } },
    }),
    maker({ seed, features, noise }) {
      const key = streamKey(seed, 'synthetic/regression');
      const weights = Float64Array.from({ length: features }, (_, i) => randomNormal(key, i) / Math.sqrt(features));
      return (_, random, { input, target }) => {
        let sum = 0;
        for (let i = 0; i < features; i++) {
          input![i] = random.normal();
          sum += weights[i]! * input![i]!;
        }
        target![0] = sum + noise * random.normal();
      };
    },
  },
  /** Symbols to be remembered: `length` of them, then 0 as often, at which they are to be said again. Where they are read, the target is 0. */
  sequence_copy: {
    defaults: { classes: 8, length: 8 },
    fields({ length, classes }) {
      const field: Field = { kind: 'class', shape: [2 * length], classes: classes + 1 };
      return { inputs: { input: field }, targets: { target: field } };
    },
    maker:
      ({ length, classes }) =>
      (_, random, { input, target }) => {
        for (let i = 0; i < length; i++) {
          const symbol = 1 + random.below(classes);
          [input![i], input![length + i]] = [symbol, 0];
          [target![i], target![length + i]] = [0, symbol];
        }
      },
  },
} satisfies Record<string, Task>;
export type SyntheticTask = keyof typeof tasks;

/** The tasks, seen alike. */
export const taskOf = (task: SyntheticTask): Task => tasks[task];

/** Writes the records of a part. Each is a function of the seed, the part and its place. */
export function syntheticMaker(options: SyntheticOptions, part: SyntheticPart): (record: number, values: Room) => void {
  const write = taskOf(options.task).maker(options);
  return (record, values) => write(record, new RandomStream(streamKey(options.seed, `synthetic/${part}`, record)), values);
}
