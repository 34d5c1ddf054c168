import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import type { TensorId } from '../../ops/op.js';
import type { ProgramBuilder } from '../../program/builder.js';
import type { Shape } from '../../shape.js';
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
  learningRate,
  movingAverage,
  multiply,
  norm,
  slotsLike,
  subtract,
} from '../optimizer-fields.js';
import { defineOptimizer } from '../optimizer.js';
import { type AdamOptions, adamScalars, adamSlots, adamUpdate } from './adam.js';

interface Options {
  readonly learning_rate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weight_decay: number;
  readonly ns_steps: number;
  readonly epsilon: number;
  readonly adjust_learning_rate: 'original' | 'match_rms_adamw';
  readonly use_muon: boolean;
  readonly adamw_learning_rate: number;
  readonly adamw_beta_1: number;
  readonly adamw_beta_2: number;
  readonly adamw_epsilon: number;
}

const usesMuon = ({ use_muon }: Options, shape: Shape): boolean => use_muon && shape.length === 2;

const adamwOptions = (options: Options): AdamOptions => ({
  beta_1: options.adamw_beta_1,
  beta_2: options.adamw_beta_2,
  epsilon: options.adamw_epsilon,
  weight_decay: options.weight_decay,
  amsgrad: false,
});

/** For singular values in (0, 1], repeating `a s + b s³ + c s⁵` brings them near 1, the smallest fastest (Jordan et al., 2024). */
const [a, b, c] = [3.4445, -4.775, 2.0315];

/**
 * A matrix with the singular vectors of `matrix` and singular values near 1, without finding them: `X = matrix / |matrix|`, and then
 * `ns_steps` times `X = a X + (b A + c A²) X` with `A = X Xᵀ`, or the same with `Xᵀ X` on the right where that is smaller.
 */
function orthogonalize(builder: ProgramBuilder, matrix: TensorId, steps: number, least: number): TensorId {
  const [rows, columns] = builder.shapeOf(matrix) as [number, number];
  const tall = rows > columns;
  const scaled = divide(input(0), call('maximum', input(1), constant(least)));
  let x = builder.map(scaled, [matrix, norm(builder, matrix)]);
  for (let step = 0; step < steps; step++) {
    const gram = builder.matmul(x, x, { transposeA: tall, transposeB: !tall });
    const polynomial = add(multiply(input(0), constant(b)), multiply(input(1), constant(c)));
    const factor = builder.map(polynomial, [gram, builder.matmul(gram, gram)]);
    const product = tall ? builder.matmul(x, factor) : builder.matmul(factor, x);
    x = builder.map(add(multiply(input(0), constant(a)), input(1)), [x, product]);
  }
  return x;
}

/**
 * For parameters of two axes, `[inputs, outputs]`: `m = momentum m + (1 - momentum) g`, `u` the orthogonalized m (with Nesterov: of
 * `momentum m + (1 - momentum) g`), `p -= learning_rate adjustment u`, after `p (1 - learning_rate weight_decay)`; as PyTorch counts,
 * but in float32 throughout. The adjustment is `sqrt(max(1, outputs / inputs))`, or `0.2 sqrt(max(inputs, outputs))`, which gives a
 * step the root mean square of AdamW's (Liu et al., 2025). All other parameters, and those with `use_muon: false`, are AdamW's, with
 * the same weight decay. Jordan et al., 2024.
 */
export const muon = defineOptimizer({
  type: 'muon',
  summary: 'Orthogonalized momentum for matrices, AdamW for all other parameters (Jordan et al., 2024).',
  options: z.object({
    learning_rate: learningRate(0.001),
    momentum: z.number().min(0).lt(1).default(0.95).describe('How slowly the mean of the gradient moves.'),
    nesterov: z.boolean().default(true).describe('Look ahead along the momentum.'),
    weight_decay: decoupledDecay(0.1),
    ns_steps: z.int().min(1).max(20).default(5).describe('Newton-Schulz steps, each of three matrix products.'),
    epsilon: z.number().positive().default(1e-7).describe('The least norm that a gradient is divided by.'),
    adjust_learning_rate: z
      .enum(['original', 'match_rms_adamw'])
      .default('original')
      .describe("original: times sqrt(max(1, outputs / inputs)); match_rms_adamw: steps as large as AdamW's."),
    use_muon: z.boolean().default(true).describe('false: AdamW for matrices too. For embeddings and the last layer, in a group.'),
    adamw_learning_rate: learningRate(0.001).describe('The learning rate of AdamW, before the schedule.'),
    adamw_beta_1: beta1(),
    adamw_beta_2: beta2(),
    adamw_epsilon: epsilon(1e-8),
  }),
  slots: (options, shape) => (usesMuon(options, shape) ? slotsLike(shape, 'momentum') : adamSlots(adamwOptions(options), shape)),
  scalars(options: Options, time) {
    const { learning_rate, adamw_learning_rate, weight_decay } = options;
    const adamwTime = { ...time, learningRate: (time.learningRate * adamw_learning_rate) / learning_rate };
    const adamw = { ...adamScalars(adamwOptions(options), adamwTime), ...decayScalars(decoupled(weight_decay), adamwTime) };
    return {
      learning_rate: time.learningRate,
      ...decayScalars(decoupled(weight_decay), time),
      ...Object.fromEntries(Object.entries(adamw).map(([name, value]) => [`adamw_${name}`, value])),
    };
  },
  update(builder, tensors, options: Options) {
    const { momentum, nesterov, ns_steps, epsilon, adjust_learning_rate, weight_decay } = options;
    const shape = builder.shapeOf(tensors.parameter);
    if (!usesMuon(options, shape)) {
      const own = Object.entries(tensors.scalars).filter(([name]) => name.startsWith('adamw_'));
      const scalars = Object.fromEntries(own.map(([name, id]) => [name.slice('adamw_'.length), id]));
      const decayed = decay(builder, { ...tensors, scalars }, decoupled(weight_decay));
      return adamUpdate(builder, { ...tensors, scalars, ...decayed }, adamwOptions(options));
    }
    const { parameter, gradient } = decay(builder, tensors, decoupled(weight_decay));
    const mean = movingAverage(builder, momentum, tensors.slots.momentum!, input(1), gradient);
    const ahead = nesterov ? movingAverage(builder, momentum, mean, input(1), gradient) : mean;
    const direction = orthogonalize(builder, ahead, ns_steps, epsilon);
    const [inputs, outputs] = shape as [number, number];
    const adjustment =
      adjust_learning_rate === 'original' ? Math.sqrt(Math.max(1, outputs / inputs)) : 0.2 * Math.sqrt(Math.max(inputs, outputs));
    const descend = subtract(input(0), multiply(multiply(input(1), constant(adjustment)), input(2)));
    return {
      parameter: builder.map(descend, [parameter, tensors.scalars.learning_rate!, direction]),
      slots: { momentum: mean },
    };
  },
});
