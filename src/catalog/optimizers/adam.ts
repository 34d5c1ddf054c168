import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import {
  add,
  beta1,
  beta2,
  decay,
  decayScalars,
  decoupled,
  decoupledDecay,
  divide,
  epsilon,
  movingAverage,
  multiply,
  slotsLike,
  square,
  squareRoot,
  subtract,
  weightDecay,
} from '../optimizer-fields.js';
import { type OptimizerDefinition, type UpdateTensors, type UpdateTime, defineOptimizer } from '../optimizer.js';
import type { ProgramBuilder } from '../../program/builder.js';
import type { Shape } from '../../shape.js';

export interface AdamOptions {
  readonly beta_1: number;
  readonly beta_2: number;
  readonly epsilon: number;
  readonly amsgrad: boolean;
  readonly weight_decay: number;
}

const amsgrad = z
  .boolean()
  .default(false)
  .describe('Divide by the root of the largest mean square so far, not of the present one (Reddi et al., 2018).');

export const adamSlots = ({ amsgrad }: AdamOptions, shape: Shape) =>
  slotsLike(shape, 'mean', 'mean_square', ...(amsgrad ? ['largest_mean_square'] : []));

export const adamScalars = ({ beta_1, beta_2 }: AdamOptions, { step, learningRate }: UpdateTime) => ({
  step_size: learningRate / (1 - beta_1 ** step),
  inverse_root_correction: 1 / Math.sqrt(1 - beta_2 ** step),
});

/**
 * `m = beta_1 m + (1 - beta_1) g; v = beta_2 v + (1 - beta_2) g²; p -= lr / (1 - beta_1^t) m / (sqrt(v / (1 - beta_2^t)) + epsilon)`,
 * as PyTorch counts: with `amsgrad` the root is that of the largest v so far. The corrections are computed in float64.
 */
export function adamUpdate(
  builder: ProgramBuilder,
  { parameter, gradient, slots, scalars }: UpdateTensors,
  { beta_1, beta_2, epsilon, amsgrad }: AdamOptions,
) {
  const mean = movingAverage(builder, beta_1, slots.mean!, input(1), gradient);
  const meanSquare = movingAverage(builder, beta_2, slots.mean_square!, square(input(1)), gradient);
  const largest = amsgrad
    ? builder.map(call('maximum', input(0), input(1)), [slots.largest_mean_square!, meanSquare])
    : undefined;
  const root = add(multiply(squareRoot(input(2)), input(3)), constant(epsilon));
  const descend = subtract(input(0), divide(multiply(input(1), input(4)), root));
  const operands = [parameter, mean, largest ?? meanSquare, scalars.inverse_root_correction!, scalars.step_size!];
  return {
    parameter: builder.map(descend, operands),
    slots: { mean, mean_square: meanSquare, ...(largest === undefined ? {} : { largest_mean_square: largest }) },
  };
}

const shared = { beta_1: beta1(), beta_2: beta2(), epsilon: epsilon(1e-8), amsgrad };

/** Kingma and Ba, 2015. */
export const adam: OptimizerDefinition = defineOptimizer({
  type: 'adam',
  summary: 'Adam (Kingma and Ba, 2015), and with `amsgrad` AMSGrad.',
  options: z.object({ ...shared, weight_decay: weightDecay.weight_decay }),
  slots: adamSlots,
  scalars: adamScalars,
  update(builder, tensors, options) {
    const decayed = decay(builder, tensors, { ...options, decoupled_weight_decay: false });
    return adamUpdate(builder, { ...tensors, ...decayed }, options);
  },
});

/** Loshchilov and Hutter, 2019. */
export const adamw: OptimizerDefinition = defineOptimizer({
  type: 'adamw',
  summary: 'Adam with weight decay apart from the gradient (Loshchilov and Hutter, 2019).',
  options: z.object({ ...shared, weight_decay: decoupledDecay(0.01) }),
  slots: adamSlots,
  scalars: (options, time) => ({ ...adamScalars(options, time), ...decayScalars(decoupled(options.weight_decay), time) }),
  update(builder, tensors, options) {
    const decayed = decay(builder, tensors, decoupled(options.weight_decay));
    return adamUpdate(builder, { ...tensors, ...decayed }, options);
  },
});
