import { type Prediction, thresholdOf } from '../graph/predictions.js';
import { type Shape, size } from '../shape.js';

/** A number or the name of a class, or lists of them, as the shape has it. */
export type Value = number | string | readonly Value[];

/** What a model tells of one record. */
export interface Answer {
  /** A class by its name, or by its number where it has none; or a number. Of several places, lists. */
  readonly value: Value;
  /** How probable each class that is told is, as the model has it; or its score, where it gives no probabilities. */
  readonly certainty?: Value;
  /** Of one place: each class by its name and its number, in their order, which keys of an object that look like numbers do not keep. */
  readonly classes?: readonly (readonly [string, number])[];
}

/** The shape of `Answer.value`: `[]` is a single one. */
export function answerShape({ kind, shape, field }: Prediction): Shape {
  if (kind === 'classes') return shape.slice(0, -1);
  // One number for each record comes from a layer with one unit.
  return field.shape.length === shape.length - 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape;
}

/** Whether classes are told, and not numbers. */
export const tellsClasses = ({ kind, field }: Prediction): boolean =>
  kind === 'classes' || (kind === 'one' && field.kind === 'class');

/** What the classes of a prediction are called. */
export function classNamesOf({ kind, shape, field }: Prediction): string[] {
  const count = kind === 'classes' ? shape.at(-1)! : 2;
  return Array.from({ length: count }, (_, i) => (field.kind === 'class' ? field.labels?.[i] : undefined) ?? String(i));
}

/**
 * Reads what a model has told of a record.
 * @param values its numbers, of the shape `prediction.shape`
 */
export function answerOf(prediction: Prediction, values: Float32Array): Answer {
  const { kind, field } = prediction;
  const shape = answerShape(prediction);
  if (!tellsClasses(prediction)) return { value: nested(numbersOf(prediction, values), shape) };
  if (prediction.blank !== undefined) return { value: bestPath(prediction, values) };
  const isSingle = shape.length === 0;
  const nameOf = (place: number): number | string => (field.kind === 'class' ? field.labels?.[place] : undefined) ?? place;
  const found =
    kind === 'classes' ? largestOf(values, prediction.shape.at(-1)!) : Array.from(values, (one) => decide(prediction, one));
  return {
    value: nested(
      found.map(({ place }) => nameOf(place)),
      shape,
    ),
    certainty: nested(
      found.map(({ number }) => rounded(number)),
      shape,
    ),
    ...(isSingle ? { classes: numberOfEach(prediction, values) } : {}),
  };
}

/** The classes of the likeliest path (Graves et al., 2006, 3.2): of each step the likeliest, repetitions joined and blanks left out. */
function bestPath({ shape, field, blank }: Prediction, values: Float32Array): Value {
  const steps = largestOf(values, shape.at(-1)!).map(({ place }) => place);
  const read = steps.filter((place, i) => place !== blank && place !== steps[i - 1]);
  return read.map((place) => (field.kind === 'class' ? field.labels?.[place] : undefined) ?? place);
}

/** A value of a target, as the answer would have it: where steps are read, without the blanks that fill it up. */
export function targetValue({ field, blank }: Prediction, values: Float32Array): Value {
  const of = (value: number): number | string => (field.kind === 'class' ? (field.labels?.[value] ?? value) : value);
  const numbers = field.kind === 'class' ? Array.from(values) : unscaled(field, values);
  if (blank !== undefined) return numbers.filter((place) => place !== blank).map(of);
  return nested(numbers.map(of), field.shape);
}

/** Seven digits are all that 32 bits hold. */
const rounded = (value: number): number => Number(value.toPrecision(7));

interface Found {
  readonly place: number;
  readonly number: number;
}

function largestOf(values: Float32Array, classes: number): Found[] {
  return Array.from({ length: values.length / classes }, (_, row) => {
    const own = values.subarray(row * classes, (row + 1) * classes);
    let place = 0;
    for (let i = 1; i < classes; i++) if (own[i]! > own[place]!) place = i;
    return { place, number: own[place]! };
  });
}

function decide(prediction: Prediction, value: number): Found {
  const place = value > thresholdOf(prediction) ? 1 : 0;
  return { place, number: place === 0 && prediction.isProbability ? 1 - value : value };
}

function numberOfEach(prediction: Prediction, values: Float32Array): [string, number][] {
  const names = classNamesOf(prediction);
  if (prediction.kind === 'classes') return names.map((name, i) => [name, rounded(values[i]!)]);
  const [first, second] = names as [string, string];
  if (!prediction.isProbability) return [[second, rounded(values[0]!)]];
  return [
    [first, rounded(1 - values[0]!)],
    [second, rounded(values[0]!)],
  ];
}

const numbersOf = ({ field }: Prediction, values: Float32Array): number[] => unscaled(field, values);

function unscaled(field: Prediction['field'], values: Float32Array): number[] {
  const scale = field.kind === 'number' ? field.scale : undefined;
  if (scale === undefined) return Array.from(values, rounded);
  const { mean, deviation } = scale;
  return Array.from(values, (value, i) => rounded(value * deviation[i % mean.length]! + mean[i % mean.length]!));
}

function nested(values: readonly (number | string)[], shape: Shape): Value {
  if (shape.length === 0) return values[0]!;
  const [length, ...rest] = shape as [number, ...number[]];
  if (rest.length === 0) return values;
  const step = size(rest);
  return Array.from({ length }, (_, i) => nested(values.slice(i * step, (i + 1) * step), rest));
}
