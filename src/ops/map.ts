import { ShapeError, broadcastShapes, sameShape, size, formatShape } from '../shape.js';
import { derivative } from './derivative.js';
import { call, countCalls, input, walk } from './expression.js';
import type { OpBuilder, OpDefinition, TensorId } from './op.js';

export const map: OpDefinition<'map'> = {
  shape({ shape, expression }, inputs) {
    if (!sameShape(broadcastShapes([shape, ...inputs]), shape)) {
      throw new ShapeError(`shapes ${inputs.map(formatShape).join(' and ')} do not broadcast to ${formatShape(shape)}`);
    }
    walk(expression, (e) => {
      if (e.kind === 'input' && e.index >= inputs.length)
        throw new ShapeError(`a formula reads input ${e.index} of ${inputs.length}`);
      if (e.kind === 'axis_index' && e.axis >= shape.length)
        throw new ShapeError(`a formula reads axis ${e.axis} of ${shape.length}`);
    });
    return shape;
  },
  operations: ({ expression }, _, output) => countCalls(expression) * size(output),
  gradient({ expression, shape }, { builder, inputs, output, outputGradient, wanted }) {
    const own = input(inputs.length);
    const incoming = input(inputs.length + 1);
    return inputs.map((tensor, index) => {
      if (!wanted[index]) return undefined;
      const partial = derivative(expression, index, own);
      if (partial === undefined) return undefined;
      const product = call('multiply', incoming, partial);
      const gradient = builder.add({ kind: 'map', expression: product, shape }, [...inputs, output, outputGradient]);
      return sumToShapeOf(builder, gradient, tensor);
    });
  },
};

/** Undoes broadcasting: sums over every axis along which `target` was repeated. */
function sumToShapeOf(builder: OpBuilder, gradient: TensorId, target: TensorId): TensorId {
  const shape = builder.shapeOf(gradient);
  const wanted = builder.shapeOf(target);
  if (sameShape(shape, wanted)) return gradient;
  const missing = shape.length - wanted.length;
  const axes = shape
    .map((_, axis) => axis)
    .filter((axis) => axis < missing || (wanted[axis - missing] === 1 && shape[axis] !== 1));
  const sum = axes.length === 0 ? gradient : builder.add({ kind: 'reduce', reduction: 'sum', axes }, [gradient]);
  return missing === 0 ? sum : builder.add({ kind: 'reshape', shape: wanted }, [sum]);
}
