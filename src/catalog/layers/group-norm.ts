import { z } from 'zod';
import { input } from '../../ops/expression.js';
import type { TensorId } from '../../ops/op.js';
import { ShapeError, formatShape, size } from '../../shape.js';
import { defineLayer } from '../layer.js';
import { affine, centering, epsilon, scaleAndShift, scaling, standardize } from '../normalization.js';

/**
 * `(x - mean) / sqrt(variance + epsilon) * gamma + beta`, mean and biased variance being those of a group of neighbouring channels of
 * one record (Wu and He, 2018): `[batch, ..., channels]` stays. One group for each channel is instance normalisation (Ulyanov,
 * Vedaldi and Lempitsky, 2016). Parameters: gamma and beta `[channels]`.
 */
export const groupNorm = defineLayer({
  type: 'group_norm',
  summary: 'Brings each group of channels of a record to mean 0 and variance 1, then to a learnt scale and shift.',
  options: z.object({
    groups: z.int().positive().default(32).describe('How many groups; they must divide the channels.'),
    epsilon: epsilon(1e-5),
    ...scaling,
    ...centering,
  }),
  build(context, [x], { groups, epsilon, ...options }) {
    const { builder } = context;
    const shape = builder.shapeOf(x!);
    if (shape.length < 2) throw new ShapeError(`group_norm needs [batch, ..., channels], not ${formatShape(shape)}`);
    const [batch, channels] = [shape[0]!, shape.at(-1)!];
    if (channels % groups !== 0) throw new ShapeError(`groups: ${groups} must divide the ${channels} input channels`);
    const { gamma, beta } = affine(context, channels, options);
    const positions = size(shape) / batch / channels;
    const grouped = [batch, groups, channels / groups];
    // Over the positions first, channel by channel; what is left is small. Each channel has its group's sum.
    const sumOf = (tensor: TensorId): TensorId => {
      const byChannel = builder.reshape(builder.reduce('sum', tensor, [1]), grouped);
      return builder.reshape(builder.map(input(0), [builder.reduce('sum', byChannel, [2])], grouped), [batch, 1, channels]);
    };
    const flat = builder.reshape(x!, [batch, positions, channels]);
    const { centred, inverse } = standardize(builder, flat, sumOf, (positions * channels) / groups, epsilon);
    return builder.reshape(scaleAndShift(builder, centred, [inverse, gamma], beta), shape);
  },
});
