import { z } from 'zod';
import { pointwise } from '../../data/byte-table.js';
import { UserError } from '../../errors.js';
import { defineTransform } from '../transform.js';

const std = z.number().positive();

/** `(x - mean) / std`, with one mean and std for all or one per channel, the last axis. */
export const normalize = defineTransform({
  type: 'normalize',
  summary:
    'Subtracts `mean` and divides by `std`, each one number or one per channel (the last axis); bytes count as value / 255.',
  options: z.object({
    mean: z.union([z.number(), z.array(z.number()).min(1)]).describe('One number, or one per channel.'),
    std: z.union([std, z.array(std).min(1)]).describe('One number above 0, or one per channel.'),
  }),
  create(options, inputShape) {
    const channels = inputShape.at(-1) ?? 1;
    const means = perChannel('mean', options.mean, inputShape, channels);
    // Multiplying by the inverse in float64 is faster than dividing, and its error is far below a float32's.
    const inverses = perChannel('std', options.std, inputShape, channels).map((value) => 1 / value);
    const same = (list: Float64Array) => list.every((value) => value === list[0]);
    return pointwise(same(means) && same(inverses) ? normalizeAll(means[0]!, inverses[0]!) : normalizeChannels(means, inverses));
  },
});

function perChannel(key: string, value: number | number[], inputShape: readonly number[], channels: number): Float64Array {
  if (typeof value === 'number') return new Float64Array(channels).fill(value);
  if (value.length === channels) return Float64Array.from(value);
  throw new UserError(
    `normalize: ${key} has ${value.length} values, but the channels (last axis) of records of ${inputShape.join(' × ')} are ${channels}`,
    {
      hint: `Give one number for all, or ${channels}: one for each channel (the last axis).`,
      exit: 'usage',
    },
  );
}

function normalizeAll(mean: number, inverse: number) {
  return (values: Float32Array): void => {
    for (let i = 0; i < values.length; i++) values[i] = (values[i]! - mean) * inverse;
  };
}

function normalizeChannels(means: Float64Array, inverses: Float64Array) {
  return (values: Float32Array): void => {
    for (let i = 0; i < values.length; i += means.length) {
      for (let channel = 0; channel < means.length; channel++) {
        values[i + channel] = (values[i + channel]! - means[channel]!) * inverses[channel]!;
      }
    }
  };
}
