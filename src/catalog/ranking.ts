import { z } from 'zod';
import type { Field } from '../data/field.js';
import { constant, input } from '../ops/expression.js';
import { size } from '../shape.js';
import { binaryPair, isBinary } from './binary.js';
import { areLabels, checkAverage, classParts, perClass, positiveClass } from './class-counts.js';
import { classNames, rowsOfClasses } from './classes.js';
import { type Comparison, maskFor } from './comparison.js';
import { type Collected, type MetricDefinition, type Statistics, defineMetric } from './metric.js';

const rankedClass = {
  positive_class: z
    .union([z.int().nonnegative(), z.string()])
    .optional()
    .describe(
      'The class, by number or label, that is told from the others: by default 1 of two classes, and of more each in turn.',
    ),
};

const rankingOptions = z.object({ ...rankedClass, ...perClass });
type RankingOptions = z.output<typeof rankingOptions>;

/**
 * What is ranked: `logits`, a row for each target; `targets`; `counts`, where a mask says so; `columns`, the length of a row for each batch.
 * Predictions and targets are as for precision.
 */
function rankingStatistics(comparison: Comparison, type: string): Statistics {
  const { builder, field } = comparison;
  const binary = isBinary(comparison);
  const { logits, target } = binary ? binaryPair(comparison, type) : rowsOfClasses(comparison, type);
  const found = builder.shapeOf(comparison.prediction);
  const columns = !binary || areLabels(field) ? found.at(-1)! : 1;
  const shape = columns === 1 ? builder.shapeOf(logits) : found.slice(0, -1);
  const counts = maskFor(comparison, shape);
  return {
    logits: builder.reshape(logits, [size(found)]),
    targets: builder.reshape(target, [size(builder.shapeOf(target))]),
    columns: builder.map(constant(columns), [], [1]),
    ...(counts === undefined ? {} : { counts: builder.reshape(builder.map(input(0), [counts], shape), [size(shape)]) }),
  };
}

/** Scores and whether they are of the class, of one class against the rest. */
interface Ranked {
  readonly scores: Float64Array;
  readonly positive: Uint8Array;
}

/**
 * A measure of how well scores rank, of one class or as the mean over all for which it is defined; `nothing` where there is none.
 * Two classes are one ranking, that of the positive class.
 */
function rankingResult(
  statistics: Collected,
  measure: (ranked: Ranked) => number | undefined,
  options: RankingOptions,
  field: Field,
  nothing: number,
): Record<string, number> {
  const rankings = rankingsOf(statistics, field);
  const values = rankings.map(measure);
  const defined = values.filter((value) => value !== undefined);
  const names = classNames(field.kind === 'class' ? field.labels : undefined, rankings.length);
  const each = options.per_class ? names.map((name, i) => [name, values[i] ?? nothing] as const) : [];
  const single = options.positive_class !== undefined || isTwoClasses(field);
  const mean = defined.length === 0 ? nothing : defined.reduce((a, b) => a + b) / defined.length;
  return { '': single ? (values[positiveClass(options, field)] ?? nothing) : mean, ...Object.fromEntries(each) };
}

const isTwoClasses = (field: Field): boolean => (field.kind === 'class' ? field.classes === 2 : !areLabels(field));

/** A ranking for each class: of one logit for two classes, two that mirror each other. */
function rankingsOf({ logits, targets, columns, counts }: Collected, field: Field): Ranked[] {
  const width = columns![0]!;
  const rows = Array.from({ length: logits!.length / width }, (_, row) => row).filter((row) => counts?.[row] !== 0);
  const ranked = (score: (row: number) => number, isPositive: (row: number) => boolean): Ranked => ({
    scores: Float64Array.from(rows, score),
    positive: Uint8Array.from(rows, (row) => (isPositive(row) ? 1 : 0)),
  });
  if (width === 1) {
    const isOne = (row: number): boolean => targets![row]! > 0.5;
    return [
      ranked(
        (row) => -logits![row]!,
        (row) => !isOne(row),
      ),
      ranked((row) => logits![row]!, isOne),
    ];
  }
  const each = Array.from({ length: width }, (_, column) => column);
  if (field.kind === 'number') {
    return each.map((column) =>
      ranked(
        (row) => logits![row * width + column]!,
        (row) => targets![row * width + column]! > 0.5,
      ),
    );
  }
  const odds = logOdds(logits!, width);
  return each.map((column) =>
    ranked(
      (row) => odds[row * width + column]!,
      (row) => targets![row] === column,
    ),
  );
}

/**
 * `log(p / (1 - p))` of the probabilities p = softmax(logits), row by row. It ranks as p does, but does not become equal where p is near 1
 * or 0.
 */
export function logOdds(logits: ArrayLike<number>, width: number): Float64Array {
  const odds = new Float64Array(logits.length);
  for (let start = 0; start < logits.length; start += width) {
    const at = (i: number): number => logits[start + i]!;
    const [largest, second] = twoLargest(at, width);
    let others = 0;
    for (let i = 0; i < width; i++) if (i !== largest) others += Math.exp(at(i) - at(second));
    const logOthers = at(second) + Math.log(others);
    for (let i = 0; i < width; i++) {
      // All but this one: for any but the largest that is the largest and the rest of the others.
      const rest = Math.exp(logOthers - at(largest)) - Math.exp(at(i) - at(largest));
      odds[start + i] = i === largest ? at(i) - logOthers : at(i) - at(largest) - Math.log1p(rest);
    }
  }
  return odds;
}

function twoLargest(at: (i: number) => number, width: number): [number, number] {
  let [largest, second] = at(1) > at(0) ? [1, 0] : [0, 1];
  for (let i = 2; i < width; i++) {
    if (at(i) > at(largest)) [largest, second] = [i, largest];
    else if (at(i) > at(second)) second = i;
  }
  return [largest, second];
}

/** Records with one score, from the highest score on. */
export interface Tied {
  readonly positives: number;
  readonly negatives: number;
}

/** Groups of equal scores, the highest first; `undefined` where a score is not a number. */
function groupsOf({ scores, positive }: Ranked): Tied[] | undefined {
  if (scores.some(Number.isNaN)) return undefined;
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const groups: { positives: number; negatives: number }[] = [];
  order.forEach((record, i) => {
    if (i === 0 || scores[record] !== scores[order[i - 1]!]) groups.push({ positives: 0, negatives: 0 });
    const group = groups.at(-1)!;
    if (positive[record] === 1) group.positives++;
    else group.negatives++;
  });
  return groups;
}

/**
 * A metric of how well scores rank the records of a class ahead of the others. Of two classes that of the positive one; of more, or of
 * labels, the mean of each against the rest. A class for which `measure` is undefined is left out; if none remains it is `nothing`. It is
 * NaN where a score is NaN. Predictions and targets are as for precision.
 */
export function defineRankingScore(
  type: string,
  { summary, measure, nothing }: { summary: string; measure: (groups: readonly Tied[]) => number | undefined; nothing: number },
): MetricDefinition {
  const measureOf = (ranked: Ranked): number | undefined => {
    const groups = groupsOf(ranked);
    return groups === undefined ? NaN : measure(groups);
  };
  return defineMetric({
    type,
    summary,
    options: rankingOptions,
    larger: 'better',
    batches: 'collect',
    parts: classParts,
    build(comparison, options) {
      checkAverage(options, comparison);
      return rankingStatistics(comparison, type);
    },
    result: (statistics, options, field) => rankingResult(statistics, measureOf, options, field, nothing),
  });
}
