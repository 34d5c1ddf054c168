import { z } from 'zod';
import { type Expression, call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { type Shape, size } from '../shape.js';
import type { Slot, UpdateTensors, UpdateTime } from './optimizer.js';

/** Options and formulas that several optimizers share. */

export const learningRate = (byDefault: number) =>
  z.number().positive().default(byDefault).describe('The size of a step, before the schedule.');

export const beta1 = (byDefault = 0.9) =>
  z.number().min(0).lt(1).default(byDefault).describe('How slowly the mean of the gradient moves.');

export const beta2 = (byDefault = 0.999) =>
  z.number().min(0).lt(1).default(byDefault).describe('How slowly the mean of its square moves.');

export const epsilon = (byDefault: number) =>
  z.number().positive().default(byDefault).describe('Added to the root of the mean square.');

/** Decay apart from the gradient, for optimizers that have no other. */
export const decoupledDecay = (byDefault: number) =>
  z.number().nonnegative().default(byDefault).describe('Each step shrinks the parameter by learning_rate times this.');

/** Decay of either kind. */
export const weightDecay = {
  weight_decay: z.number().nonnegative().default(0).describe('Times the parameter, added to its gradient.'),
  decoupled_weight_decay: z
    .boolean()
    .default(false)
    .describe('Each step shrinks the parameter by learning_rate times weight_decay, and the gradient stays as it is.'),
};

interface WeightDecay {
  readonly weight_decay: number;
  readonly decoupled_weight_decay: boolean;
}

export const decoupled = (weight_decay: number): WeightDecay => ({ weight_decay, decoupled_weight_decay: true });

/** What `decay` reads of the time. */
export function decayScalars({ weight_decay, decoupled_weight_decay }: WeightDecay, { learningRate }: UpdateTime) {
  return decoupled_weight_decay && weight_decay !== 0 ? { shrink: 1 - learningRate * weight_decay } : {};
}

/**
 * Weight decay before the step: coupled, `g + weight_decay p`, which is the gradient of an L2 penalty; or decoupled,
 * `p (1 - learning_rate weight_decay)` (Loshchilov and Hutter, 2019).
 */
export function decay(
  builder: ProgramBuilder,
  { parameter, gradient, scalars }: UpdateTensors,
  { weight_decay, decoupled_weight_decay }: WeightDecay,
): { parameter: TensorId; gradient: TensorId } {
  if (weight_decay === 0) return { parameter, gradient };
  if (decoupled_weight_decay) {
    return { parameter: builder.map(multiply(input(0), input(1)), [parameter, scalars.shrink!]), gradient };
  }
  const coupled = add(input(0), multiply(input(1), constant(weight_decay)));
  return { parameter, gradient: builder.map(coupled, [gradient, parameter]) };
}

export const slotsLike = (shape: Shape, ...names: string[]): Slot[] => names.map((name) => ({ name, shape }));

export const add = (a: Expression, b: Expression): Expression => call('add', a, b);
export const subtract = (a: Expression, b: Expression): Expression => call('subtract', a, b);
export const multiply = (a: Expression, b: Expression): Expression => call('multiply', a, b);
export const divide = (a: Expression, b: Expression): Expression => call('divide', a, b);
export const squareRoot = (a: Expression): Expression => call('square_root', a);
export const square = (a: Expression): Expression => multiply(a, a);

/** -1, 0 or 1. */
export const sign = (a: Expression): Expression => subtract(call('greater', a, constant(0)), call('greater', constant(0), a));

/** `beta old + (1 - beta) target`, of the old value and what `target` reads as input 1. */
export function movingAverage(
  builder: ProgramBuilder,
  beta: number,
  old: TensorId,
  target: Expression,
  read: TensorId,
): TensorId {
  return builder.map(add(multiply(input(0), constant(beta)), multiply(target, constant(1 - beta))), [old, read]);
}

/** The root of the sum of squares of all elements, as a scalar. */
export function norm(builder: ProgramBuilder, tensor: TensorId): TensorId {
  return builder.map(squareRoot(input(0)), [builder.total(builder.map(square(input(0)), [tensor]))]);
}

/** The root of the mean of squares of all elements, as a scalar. */
export function rootMeanSquare(builder: ProgramBuilder, tensor: TensorId): TensorId {
  const mean = builder.total(builder.map(square(input(0)), [tensor]), 1 / size(builder.shapeOf(tensor)));
  return builder.map(squareRoot(input(0)), [mean]);
}
