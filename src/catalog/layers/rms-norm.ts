import { z } from 'zod';
import { ShapeError, formatShape, size } from '../../shape.js';
import { defineLayer } from '../layer.js';
import { affine, epsilon, inverseRoot, scaleAndShift, scaling } from '../normalization.js';

/**
 * `x / sqrt(mean(x²) + epsilon) * gamma` over the last axis (Zhang and Sennrich, 2019): `[batch, ..., features]` stays.
 * Parameter: gamma `[features]`.
 */
export const rmsNorm = defineLayer({
  type: 'rms_norm',
  summary: 'Divides by the root of the mean square of the last axis, then multiplies by a learnt scale.',
  options: z.object({ epsilon: epsilon(1e-6), ...scaling }),
  masking: 'keep',
  build(context, [x], { epsilon, ...options }) {
    const { builder } = context;
    const shape = builder.shapeOf(x!);
    if (shape.length < 2) throw new ShapeError(`rms_norm needs [batch, ..., features], not ${formatShape(shape)}`);
    const features = shape.at(-1)!;
    const { gamma } = affine(context, features, options);
    const rows = builder.reshape(x!, [size(shape) / features, features]);
    const inverse = inverseRoot(builder, rows, (t) => builder.reduce('sum', t, [1]), features, epsilon);
    return builder.reshape(scaleAndShift(builder, rows, [inverse, gamma], undefined), shape);
  },
});
