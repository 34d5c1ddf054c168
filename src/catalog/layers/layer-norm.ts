import { z } from 'zod';
import { ShapeError, formatShape, size } from '../../shape.js';
import { defineLayer } from '../layer.js';
import { affine, centering, epsilon, scaleAndShift, scaling, standardize } from '../normalization.js';

/**
 * `(x - mean) / sqrt(variance + epsilon) * gamma + beta` over the last axis (Ba, Kiros and Hinton, 2016), the variance biased:
 * `[batch, ..., features]` stays. Parameters: gamma and beta `[features]`.
 */
export const layerNorm = defineLayer({
  type: 'layer_norm',
  summary: 'Brings the last axis to mean 0 and variance 1, then to a learnt scale and shift.',
  options: z.object({ epsilon: epsilon(1e-5), ...scaling, ...centering }),
  masking: 'keep',
  build(context, [x], { epsilon, ...options }) {
    const { builder } = context;
    const shape = builder.shapeOf(x!);
    if (shape.length < 2) throw new ShapeError(`layer_norm needs [batch, ..., features], not ${formatShape(shape)}`);
    const features = shape.at(-1)!;
    const { gamma, beta } = affine(context, features, options);
    const rows = builder.reshape(x!, [size(shape) / features, features]);
    const { centred, inverse } = standardize(builder, rows, (t) => builder.reduce('sum', t, [1]), features, epsilon);
    return builder.reshape(scaleAndShift(builder, centred, [inverse, gamma], beta), shape);
  },
});
