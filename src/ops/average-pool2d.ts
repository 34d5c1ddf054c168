import { type Shape, size } from '../shape.js';
import { checkOutputGradient } from './conv2d.js';
import { pooledShape } from './max-pool2d.js';
import type { OpDefinition } from './op.js';

export const averagePool2d: OpDefinition<'average_pool2d'> = {
  shape: ({ poolSize, window }, [x]) => pooledShape(poolSize, window, x!),
  operations: ({ poolSize }, _, output) => size(output) * poolSize[0] * poolSize[1],
  gradient({ poolSize, window, countPadding }, { builder, inputs, outputGradient }) {
    const inputShape: Shape = builder.shapeOf(inputs[0]!);
    return [builder.add({ kind: 'average_pool2d_gradient', poolSize, window, countPadding, inputShape }, [outputGradient])];
  },
};

export const averagePool2dGradient: OpDefinition<'average_pool2d_gradient'> = {
  shape({ poolSize, window, inputShape }, [outputGradient]) {
    checkOutputGradient(pooledShape(poolSize, window, inputShape), outputGradient!);
    return inputShape;
  },
  operations: ({ poolSize }, [outputGradient]) => size(outputGradient!) * poolSize[0] * poolSize[1],
};
