import { z } from 'zod';
import { defineAugmentation } from '../augmentation.js';
import { soundShape } from '../sounds.js';

/** Moves sounds and other series `[samples]` or `[samples, channels]` in time, by whole samples drawn uniformly from -part … part of their length. */
export const timeShift = defineAugmentation({
  type: 'time_shift',
  summary: 'Moves sounds in time.',
  changes: ['number'],
  options: z.object({
    part: z.number().positive().max(1).default(0.1).describe('How far at most, either way, as a part of the length.'),
    mode: z
      .enum(['constant', 'wrap'])
      .default('constant')
      .describe('constant: what moves out is lost, and `fill` comes in; wrap: what moves out at one end comes in at the other.'),
    fill: z.number().default(0).describe('What comes in in mode constant.'),
  }),
  create({ part, mode, fill }, field) {
    const { samples, channels } = soundShape('time_shift', field);
    const most = Math.round(part * samples);
    const before = new Float32Array(samples * channels);
    return (values, random) => {
      const moved = (random.below(2 * most + 1) - most) * channels;
      if (moved === 0) return;
      before.set(values);
      if (mode === 'constant') values.fill(fill);
      values.set(before.subarray(Math.max(0, -moved), before.length - Math.max(0, moved)), Math.max(0, moved));
      if (mode === 'constant') return;
      if (moved > 0) values.set(before.subarray(before.length - moved), 0);
      else values.set(before.subarray(0, -moved), before.length + moved);
    };
  },
});
