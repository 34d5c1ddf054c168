import { ShapeError, size } from '../shape.js';
import { call, input } from './expression.js';
import type { OpDefinition } from './op.js';

export const reduce: OpDefinition<'reduce'> = {
  shape({ axes }, [x]) {
    for (const axis of axes) if (axis < 0 || axis >= x!.length) throw new ShapeError(`there is no axis ${axis} to reduce`);
    return x!.map((length, axis) => (axes.includes(axis) ? 1 : length));
  },
  operations: (_, [x]) => size(x!),
  gradient({ reduction, axes }, { builder, inputs, output, outputGradient }) {
    const [x] = inputs as [number];
    const shape = builder.shapeOf(x);
    if (reduction === 'sum') {
      // The gradient of every summand: the sum's own, repeated.
      return [builder.add({ kind: 'map', expression: input(0), shape }, [outputGradient])];
    }
    // Equal largest values share the gradient.
    const largest = builder.add({ kind: 'map', expression: call('equal', input(0), input(1)), shape }, [x, output]);
    const count = builder.add({ kind: 'reduce', reduction: 'sum', axes }, [largest]);
    const share = call('divide', call('multiply', input(0), input(1)), input(2));
    return [builder.add({ kind: 'map', expression: share, shape }, [outputGradient, largest, count])];
  },
};
