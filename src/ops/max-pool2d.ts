import { type Shape, ShapeError, formatShape, size } from '../shape.js';
import { checkOutputGradient, slide } from './conv2d.js';
import type { OpDefinition, Window2d } from './op.js';

/** The output of a 2-d pooling. Throws `ShapeError` where a window would see nothing but padding. */
export function pooledShape(poolSize: readonly [number, number], window: Window2d, x: Shape): Shape {
  if (x.length !== 4) throw new ShapeError(`2-d pooling needs [batch, height, width, channels], not ${formatShape(x)}`);
  // A window of nothing but padding has no largest value.
  const { top, bottom, left, right } = window.padding;
  if (Math.max(top, bottom) >= poolSize[0] || Math.max(left, right) >= poolSize[1]) {
    throw new ShapeError(`the padding must be smaller than the pooling window ${formatShape(poolSize)}`);
  }
  return [x[0]!, ...slide(x, poolSize, window), x[3]!];
}

export const maxPool2d: OpDefinition<'max_pool2d'> = {
  shape: ({ poolSize, window }, [x]) => pooledShape(poolSize, window, x!),
  operations: ({ poolSize }, _, output) => size(output) * (poolSize[0] * poolSize[1] - 1),
  gradient({ poolSize, window }, { builder, inputs, outputGradient }) {
    return [builder.add({ kind: 'max_pool2d_gradient', poolSize, window }, [inputs[0]!, outputGradient])];
  },
};

export const maxPool2dGradient: OpDefinition<'max_pool2d_gradient'> = {
  shape({ poolSize, window }, [x, outputGradient]) {
    checkOutputGradient(pooledShape(poolSize, window, x!), outputGradient!);
    return x!;
  },
  operations: ({ poolSize }, [, outputGradient]) => size(outputGradient!) * poolSize[0] * poolSize[1],
};
