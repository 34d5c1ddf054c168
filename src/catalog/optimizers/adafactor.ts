import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import type { TensorId } from '../../ops/op.js';
import type { ProgramBuilder } from '../../program/builder.js';
import {
  add,
  decay,
  decayScalars,
  decoupled,
  decoupledDecay,
  divide,
  learningRate,
  multiply,
  rootMeanSquare,
  square,
  squareRoot,
  subtract,
} from '../optimizer-fields.js';
import { defineOptimizer } from '../optimizer.js';

/** `old + weight (target - old)` */
const toward = (builder: ProgramBuilder, old: TensorId, target: TensorId, weight: TensorId): TensorId =>
  builder.map(add(input(0), multiply(input(2), subtract(input(1), input(0)))), [old, target, weight]);

/** The mean over one axis, which stays with length 1. */
const meanOver = (builder: ProgramBuilder, tensor: TensorId, axis: number): TensorId =>
  builder.map(multiply(input(0), constant(1 / builder.shapeOf(tensor)[axis]!)), [builder.reduce('sum', tensor, [axis])]);

/**
 * The mean square of the gradient, kept as the means of its rows and columns: for a parameter of shape `[..., n, m]` the slots are `row
 * [..., n, 1]` and `column [..., 1, m]`, and their product over the mean of `row` stands for it. Vectors keep it whole. With `w =
 * t^beta_2_decay`, each of them moves by `w (g² - old)`. The step `u = g / sqrt(v)` is divided by `max(1, rms(u) / clip_threshold)`
 * and `p -= max(epsilon_2, rms(p)) min(learning_rate, 1 / sqrt(t)) u`, as PyTorch counts. Shazeer and Stern, 2018.
 */
export const adafactor = defineOptimizer({
  type: 'adafactor',
  summary: 'Adam without its memory: mean squares by rows and columns only (Shazeer and Stern, 2018).',
  options: z.object({
    learning_rate: learningRate(0.01).describe('The longest step, as a part of the parameter, before the schedule.'),
    beta_2_decay: z
      .number()
      .max(0)
      .default(-0.8)
      .describe('The mean squares take in the gradient of update t with the weight t to this power.'),
    epsilon_1: z.number().positive().default(1.1920928955078125e-7).describe('The least root of a mean square.'),
    epsilon_2: z.number().positive().default(0.001).describe('The least size a parameter counts as, where it is near 0.'),
    clip_threshold: z.number().min(1).default(1).describe('The largest root mean square of a step, before the learning rate.'),
    weight_decay: decoupledDecay(0),
  }),
  slots: (_, shape) =>
    shape.length < 2
      ? [{ name: 'mean_square', shape }]
      : [
          { name: 'row', shape: [...shape.slice(0, -1), 1] },
          { name: 'column', shape: [...shape.slice(0, -2), 1, shape.at(-1)!] },
        ],
  scalars: (options, time) => ({
    relative_step: Math.min(time.learningRate, 1 / Math.sqrt(time.step)),
    weight: time.step ** options.beta_2_decay,
    ...decayScalars(decoupled(options.weight_decay), time),
  }),
  update(builder, tensors, { epsilon_1, epsilon_2, clip_threshold, weight_decay }) {
    const { gradient, slots, scalars } = tensors;
    const { parameter } = decay(builder, tensors, decoupled(weight_decay));
    const squared = builder.map(square(input(0)), [gradient]);
    const least = (e: ReturnType<typeof input>) => squareRoot(call('maximum', e, constant(epsilon_1 ** 2)));
    const rank = builder.shapeOf(gradient).length;
    const next: Record<string, TensorId> = {};
    let step: TensorId;
    if (rank < 2) {
      next.mean_square = toward(builder, slots.mean_square!, squared, scalars.weight!);
      step = builder.map(divide(input(0), least(input(1))), [gradient, next.mean_square]);
    } else {
      const row = toward(builder, slots.row!, meanOver(builder, squared, rank - 1), scalars.weight!);
      const column = toward(builder, slots.column!, meanOver(builder, squared, rank - 2), scalars.weight!);
      const share = divide(input(0), call('maximum', input(1), constant(epsilon_1)));
      const shares = builder.map(share, [row, meanOver(builder, row, rank - 2)]);
      step = builder.map(divide(input(0), least(multiply(input(1), input(2)))), [gradient, shares, column]);
      Object.assign(next, { row, column });
    }
    const size = call('maximum', input(0), constant(epsilon_2));
    const excess = call('maximum', multiply(input(2), constant(1 / clip_threshold)), constant(1));
    const length = builder.map(divide(multiply(size, input(1)), excess), [
      rootMeanSquare(builder, tensors.parameter),
      scalars.relative_step!,
      rootMeanSquare(builder, step),
    ]);
    const descend = subtract(input(0), multiply(input(1), input(2)));
    return { parameter: builder.map(descend, [parameter, length, step]), slots: next };
  },
});
