import { z } from 'zod';
import { constant, input } from '../../ops/expression.js';
import {
  add,
  beta1,
  beta2,
  decay,
  decayScalars,
  divide,
  epsilon,
  learningRate,
  movingAverage,
  multiply,
  slotsLike,
  square,
  squareRoot,
  subtract,
  weightDecay,
} from '../optimizer-fields.js';
import { defineOptimizer } from '../optimizer.js';

interface MomentumSchedule {
  readonly beta_1: number;
  readonly momentum_decay: number;
}

const momentumAt = ({ beta_1, momentum_decay }: MomentumSchedule, step: number): number =>
  beta_1 * (1 - 0.5 * 0.96 ** (step * momentum_decay));

/** The products found so far, by the options: updates come one after the other. */
const products = new Map<string, { step: number; product: number }>();

/** `mu_1 mu_2 ... mu_step`, always multiplied in this order, so that the bits do not depend on which steps were asked for before. */
function momentumProduct(options: MomentumSchedule, step: number): number {
  const key = `${options.beta_1} ${options.momentum_decay}`;
  const known = products.get(key);
  const found = known !== undefined && known.step <= step ? { ...known } : { step: 0, product: 1 };
  while (found.step < step) found.product *= momentumAt(options, ++found.step);
  products.set(key, found);
  return found.product;
}

/**
 * With `mu_t = beta_1 (1 - 0.96^(t momentum_decay) / 2)` and `M_t` the product of all up to t: `m = beta_1 m + (1 - beta_1) g; v =
 * beta_2 v + (1 - beta_2) g²; p -= learning_rate (mu_(t+1) / (1 - M_(t+1)) m + (1 - mu_t) / (1 - M_t) g) / (sqrt(v / (1 - beta_2^t)) +
 * epsilon)`, as PyTorch counts. Dozat, 2016.
 */
export const nadam = defineOptimizer({
  type: 'nadam',
  summary: 'Adam with Nesterov momentum (Dozat, 2016).',
  options: z.object({
    learning_rate: learningRate(0.002),
    beta_1: beta1(),
    beta_2: beta2(),
    epsilon: epsilon(1e-8),
    momentum_decay: z
      .number()
      .nonnegative()
      .default(0.004)
      .describe('How fast the momentum rises from half of beta_1 to all of it.'),
    ...weightDecay,
  }),
  slots: (_, shape) => slotsLike(shape, 'mean', 'mean_square'),
  scalars(options, time) {
    const { step, learningRate } = time;
    const product = momentumProduct(options, step);
    const next = momentumAt(options, step + 1);
    return {
      gradient_step_size: (learningRate * (1 - momentumAt(options, step))) / (1 - product),
      mean_step_size: (learningRate * next) / (1 - product * next),
      inverse_root_correction: 1 / Math.sqrt(1 - options.beta_2 ** step),
      ...decayScalars(options, time),
    };
  },
  update(builder, tensors, options) {
    const { slots, scalars } = tensors;
    const { parameter, gradient } = decay(builder, tensors, options);
    const mean = movingAverage(builder, options.beta_1, slots.mean!, input(1), gradient);
    const meanSquare = movingAverage(builder, options.beta_2, slots.mean_square!, square(input(1)), gradient);
    const direction = add(multiply(input(0), input(1)), multiply(input(2), input(3)));
    const toward = builder.map(direction, [gradient, scalars.gradient_step_size!, mean, scalars.mean_step_size!]);
    const root = add(multiply(squareRoot(input(2)), input(3)), constant(options.epsilon));
    const descend = subtract(input(0), divide(input(1), root));
    const next = builder.map(descend, [parameter, toward, meanSquare, scalars.inverse_root_correction!]);
    return { parameter: next, slots: { mean, mean_square: meanSquare } };
  },
});
