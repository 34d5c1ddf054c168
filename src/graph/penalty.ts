import { add, multiply, square } from '../catalog/optimizer-fields.js';
import { call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import type { TrainedParameter } from './trained-parameters.js';

/**
 * Adds to the loss what the regularizers ask for: `l1 Σ|p| + l2 Σp²` of every parameter that has one, as Keras counts. Its gradient is
 * `l1 sign(p) + 2 l2 p`.
 */
export function addPenalties(builder: ProgramBuilder, loss: TensorId, trained: readonly TrainedParameter[]): TensorId {
  return builder.within('regularizer', 'forward', () =>
    trained.reduce((sum, { name, shape, regularizer }) => {
      const { l1 = 0, l2 = 0 } = regularizer ?? {};
      if (l1 === 0 && l2 === 0) return sum;
      const absolute = multiply(call('absolute', input(0)), constant(l1));
      const penalty = add(absolute, multiply(square(input(0)), constant(l2)));
      const total = builder.total(builder.map(penalty, [builder.stateTensor(name, shape)]));
      return builder.map(add(input(0), input(1)), [sum, total]);
    }, loss),
  );
}
