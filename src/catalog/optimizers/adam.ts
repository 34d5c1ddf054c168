import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { type OptimizerDefinition, defineOptimizer } from '../optimizer.js';

const shared = {
  beta_1: z.number().min(0).lt(1).default(0.9).describe('How slowly the mean of the gradient moves.'),
  beta_2: z.number().min(0).lt(1).default(0.999).describe('How slowly the mean of its square moves.'),
  epsilon: z.number().positive().default(1e-8).describe('Added to the root of the mean square.'),
};

interface AdamOptions {
  beta_1: number;
  beta_2: number;
  epsilon: number;
  weight_decay: number;
}

/**
 * `m = beta_1 m + (1 - beta_1) g; v = beta_2 v + (1 - beta_2) g²; p -= lr / (1 - beta_1^t) m / (sqrt(v / (1 - beta_2^t)) + epsilon)`,
 * as PyTorch counts. The corrections are computed in float64.
 */
function define(
  names: { type: string; summary: string; weightDecay: { default: number; description: string } },
  decoupled: boolean,
): OptimizerDefinition {
  return defineOptimizer({
    type: names.type,
    summary: names.summary,
    options: z.object({
      ...shared,
      weight_decay: z.number().nonnegative().default(names.weightDecay.default).describe(names.weightDecay.description),
    }),
    slots: () => ['mean', 'mean_square'],
    scalars: ({ beta_1, beta_2, weight_decay }: AdamOptions, { step, learningRate }) => ({
      step_size: learningRate / (1 - beta_1 ** step),
      inverse_root_correction: 1 / Math.sqrt(1 - beta_2 ** step),
      ...(decoupled && weight_decay !== 0 ? { shrink: 1 - learningRate * weight_decay } : {}),
    }),
    update(builder, { parameter, gradient, slots, scalars }, { beta_1, beta_2, epsilon, weight_decay }: AdamOptions) {
      const [p, g] = [parameter, gradient];
      const coupledGradient =
        decoupled || weight_decay === 0
          ? g
          : builder.map(call('add', input(0), call('multiply', input(1), constant(weight_decay))), [g, p]);
      const toward = (beta: number, target: ReturnType<typeof input>) =>
        call('add', call('multiply', input(0), constant(beta)), call('multiply', target, constant(1 - beta)));
      const mean = builder.map(toward(beta_1, input(1)), [slots.mean!, coupledGradient]);
      const square = call('multiply', input(1), input(1));
      const meanSquare = builder.map(toward(beta_2, square), [slots.mean_square!, coupledGradient]);
      const root = call('add', call('multiply', call('square_root', input(2)), input(3)), constant(epsilon));
      const shrunk = scalars.shrink === undefined ? input(0) : call('multiply', input(0), input(5));
      const descend = call('subtract', shrunk, call('divide', call('multiply', input(1), input(4)), root));
      const operands = [p, mean, meanSquare, scalars.inverse_root_correction!, scalars.step_size!];
      const next = builder.map(descend, scalars.shrink === undefined ? operands : [...operands, scalars.shrink]);
      return { parameter: next, slots: { mean, mean_square: meanSquare } };
    },
  });
}

/** Kingma and Ba, 2015. */
export const adam = define(
  {
    type: 'adam',
    summary: 'Adam (Kingma and Ba, 2015).',
    weightDecay: { default: 0, description: 'Times the parameter, added to its gradient.' },
  },
  false,
);

/** Loshchilov and Hutter, 2019. */
export const adamw = define(
  {
    type: 'adamw',
    summary: 'Adam with weight decay apart from the gradient (Loshchilov and Hutter, 2019).',
    weightDecay: { default: 0.01, description: 'Each step shrinks the parameter by learning_rate times this.' },
  },
  true,
);
