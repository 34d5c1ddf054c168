import { z } from 'zod';
import type { Field } from '../data/field.js';
import { axisIndex, call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import { type Shape, size } from '../shape.js';
import { binaryPair, isBinary } from './binary.js';
import { classNames, countsWithout, firstLargest, rowsOfClasses } from './classes.js';
import { type Comparison, ComparisonError, maskFor } from './comparison.js';
import { type Collected, type MetricDefinition, type Statistics, defineMetric } from './metric.js';

/** Options of metrics that count decisions for classes. */
export const decisionOptions = {
  threshold: z.number().gt(0).lt(1).default(0.5).describe('For one logit: the probability above which it decides for 1.'),
  ignore_index: z.int().nonnegative().optional().describe('A class whose targets do not count: padding.'),
};

export const perClass = { per_class: z.boolean().default(false).describe('Whether each class is reported as well.') };

/** Options of metrics that put several classes together to one number. */
const averageOptions = {
  average: z
    .enum(['binary', 'macro', 'micro', 'weighted'])
    .optional()
    .describe(
      'binary: of the positive class; macro: the mean over classes that occur; micro: of all decisions together; weighted: the mean by how often classes occur. By default binary for two classes, else macro.',
    ),
  positive_class: z
    .union([z.int().nonnegative(), z.string()])
    .optional()
    .describe('The class, by number or label, that average: binary is of; by default 1.'),
  ...perClass,
};

type AverageOptions = z.output<z.ZodObject<typeof averageOptions>>;

/** The logit of a probability. */
export const logitOf = (probability: number): number => Math.log(probability / (1 - probability));

/** Whether the target is numbers that are labels, each a class of its own, along the last axis. */
export const areLabels = (field: Field): boolean => field.kind === 'number' && (field.shape.at(-1) ?? 1) > 1;

/** How many classes are counted. */
const classesOf = (field: Field): number => (field.kind === 'class' ? field.classes : areLabels(field) ? field.shape.at(-1)! : 2);

/**
 * How often each class is decided for, is the target, and both: statistics `decided`, `actual` and `hits`, `[classes]`.
 *
 * - Logits `[batch, ..., classes]` with classes `[batch, ...]`: the largest decides, the first of equal ones.
 * - One logit for each target, as for binary_cross_entropy, with two classes or with numbers of 0 and 1: the threshold decides. Numbers whose last
 *   axis is longer than 1 are labels, and each of them is a class.
 */
export function classCounts(
  comparison: Comparison,
  type: string,
  { threshold, ignore_index }: { threshold: number; ignore_index?: number | undefined },
): Statistics {
  const { builder } = comparison;
  if (!isBinary(comparison)) {
    const rows = rowsOfClasses(comparison, type);
    const counts = countsWithout(comparison, rows, ignore_index);
    return countsOf(comparison, { ...rows, decided: firstLargest(builder, rows.logits), counts });
  }
  const { logits, target } = binaryPair(comparison, type);
  const shape = builder.shapeOf(logits);
  const decided = builder.map(call('greater', input(0), constant(logitOf(threshold))), [logits]);
  const wanted = builder.map(call('greater', input(0), constant(0.5)), [target]);
  if (!areLabels(comparison.field)) {
    const rows = size(shape);
    const [ofRows, targets] = [decided, wanted].map((tensor) => builder.reshape(tensor, [rows, 1])) as [TensorId, TensorId];
    const two = { probabilities: false, classes: 2, shape } as const;
    const counts = countsWithout(comparison, { ...two, logits, target: targets, rows }, ignore_index);
    return countsOf(comparison, { ...two, rows, decided: ofRows, target: targets, counts });
  }
  const labels = shape.at(-1)!;
  const inRows = (tensor: TensorId): TensorId => builder.reshape(tensor, [size(shape) / labels, labels]);
  return totals(comparison, inRows(decided), inRows(wanted), shape.slice(0, -1), undefined);
}

interface Decisions {
  /** Classes, `[rows, 1]`. */
  readonly decided: TensorId;
  readonly target: TensorId;
  readonly rows: number;
  readonly classes: number;
  readonly shape: Shape;
  readonly counts: TensorId | undefined;
}

function countsOf(comparison: Comparison, { decided, target, rows, classes, shape, counts }: Decisions): Statistics {
  const { builder } = comparison;
  const oneHot = (tensor: TensorId): TensorId => builder.map(call('equal', axisIndex(1), input(0)), [tensor], [rows, classes]);
  return totals(comparison, oneHot(decided), oneHot(target), shape, counts);
}

/** Sums over rows of what is 0 or 1 for each class, `[rows, classes]`, over the rows that count. */
function totals(
  comparison: Comparison,
  decided: TensorId,
  actual: TensorId,
  shape: Shape,
  counts: TensorId | undefined,
): Statistics {
  const { builder } = comparison;
  const [rows, classes] = builder.shapeOf(decided) as [number, number];
  const conditions = [counts, maskFor(comparison, shape)]
    .filter((one) => one !== undefined)
    .map((one) => builder.reshape(builder.map(input(0), [one], shape), [rows, 1]));
  const sum = (factors: readonly TensorId[]): TensorId => {
    const all = [...factors, ...conditions];
    const product = all.map((_, i) => input(i)).reduce((a, b) => call('multiply', a, b));
    return builder.reshape(builder.reduce('sum', builder.map(product, all), [0]), [classes]);
  };
  return { decided: sum([decided]), actual: sum([actual]), hits: sum([decided, actual]) };
}

/** Counts of a class, or of several together. */
export interface Counts {
  readonly decided: number;
  readonly actual: number;
  readonly hits: number;
}

const countsIn = ({ decided, actual, hits }: Collected): Counts[] =>
  Array.from(hits!, (value, i) => ({ hits: value, decided: decided![i]!, actual: actual![i]! }));

/** A quotient, and 0 where there is nothing to divide by. */
export const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** The mean of a score over the classes that occur among targets or decisions, and with `per_class` that of each class by its name. */
export function macro(
  statistics: Collected,
  score: (counts: Counts) => number,
  { per_class }: { per_class: boolean },
  field: Field,
): Record<string, number> {
  const counts = countsIn(statistics);
  const occurring = counts.filter(({ decided, actual }) => decided + actual > 0);
  const main = share(
    occurring.reduce((sum, one) => sum + score(one), 0),
    occurring.length,
  );
  return { '': main, ...(per_class ? byName(counts.map(score), field) : {}) };
}

const byName = (scores: readonly number[], field: Field): Record<string, number> => {
  const names = classNames(field.kind === 'class' ? field.labels : undefined, scores.length);
  return Object.fromEntries(scores.map((score, i) => [names[i]!, score]));
};

/** The names under which classes are reported. */
export const classParts = ({ per_class }: { per_class: boolean }, field: Field): string[] =>
  per_class ? classNames(field.kind === 'class' ? field.labels : undefined, classesOf(field)) : [];

/** A score of the classes as the options put them together. */
function averaged(
  statistics: Collected,
  score: (counts: Counts) => number,
  options: AverageOptions,
  field: Field,
): Record<string, number> {
  const all = macro(statistics, score, options, field);
  const counts = countsIn(statistics);
  const sum = (of: (one: Counts) => number): number => counts.reduce((total, one) => total + of(one), 0);
  switch (averageOf(options, field)) {
    case 'macro':
      return all;
    case 'micro':
      return {
        ...all,
        '': score({ hits: sum(({ hits }) => hits), decided: sum((one) => one.decided), actual: sum((one) => one.actual) }),
      };
    case 'weighted':
      return {
        ...all,
        '': share(
          sum((one) => one.actual * score(one)),
          sum(({ actual }) => actual),
        ),
      };
    case 'binary':
      return { ...all, '': score(counts[positiveClass(options, field)]!) };
  }
}

function averageOf({ average, positive_class }: Pick<AverageOptions, 'average' | 'positive_class'>, field: Field) {
  if (average !== undefined) return average;
  const twoClasses = classesOf(field) === 2 && !areLabels(field);
  return twoClasses || positive_class !== undefined ? 'binary' : 'macro';
}

/**
 * The number of the positive class.
 * @throws ComparisonError where the target has no such class
 */
export function positiveClass({ positive_class: wanted = 1 }: Pick<AverageOptions, 'positive_class'>, field: Field): number {
  const names = classNames(field.kind === 'class' ? field.labels : undefined, classesOf(field));
  const found = typeof wanted === 'number' ? wanted : names.indexOf(wanted);
  if (found >= 0 && found < names.length) return found;
  throw new ComparisonError(
    `the target has no class ${JSON.stringify(wanted)}`,
    `its classes are ${names.length > 12 ? `0 to ${names.length - 1}` : names.join(', ')}`,
    'positive_class',
  );
}

/** Refuses options that do not go with the target: what `build` calls first. */
export function checkAverage(options: Pick<AverageOptions, 'average' | 'positive_class'>, { field }: Comparison): void {
  if (options.positive_class !== undefined && averageOf(options, field) !== 'binary') {
    throw new ComparisonError(
      `with average: ${options.average} no class is the positive one`,
      'remove it, or write average: binary',
      'positive_class',
    );
  }
  if (averageOf(options, field) === 'binary') positiveClass(options, field);
}

/**
 * A metric that is a score of a class's counts, averaged over classes as the options say. Predictions and targets are as `classCounts`
 * takes them: a logit for each class, or one logit for two classes or for each label.
 */
export function defineClassScore(
  type: string,
  { summary, score }: { summary: string; score: (counts: Counts) => number },
): MetricDefinition {
  return defineMetric({
    type,
    summary,
    options: z.object({ ...averageOptions, ...decisionOptions }),
    larger: 'better',
    batches: 'add',
    parts: classParts,
    build(comparison, options) {
      checkAverage(options, comparison);
      return classCounts(comparison, type, options);
    },
    result: (statistics, options, field) => averaged(statistics, score, options, field),
  });
}
