import { z } from 'zod';
import { defineSchedule } from '../schedule.js';
import { durationOf, durationOptions, notBoth } from './duration.js';

/**
 * `sqrt(timescale / (timescale + step))`: after a warm-up of that length the learning rate of update n is proportional to
 * `1 / sqrt(n)`. Vaswani et al., 2017.
 */
export const inverseSqrt = defineSchedule({
  type: 'inverse_sqrt',
  summary: 'Falls as one over the square root of the time, as Transformers are trained.',
  options: z
    .object(durationOptions('timescale', 'After three times this long it has halved; by default the length of the warm-up'))
    .refine(notBoth('timescale_epochs', 'timescale_steps'), 'timescale_epochs and timescale_steps exclude each other'),
  factor(options, { step, warmupSteps, stepsPerEpoch }) {
    const timescale = Math.max(durationOf(options, 'timescale', stepsPerEpoch)?.steps ?? warmupSteps, 1);
    return Math.sqrt(timescale / (timescale + step));
  },
  problems: (options, { warmupSteps, stepsPerEpoch }) =>
    warmupSteps > 0 || durationOf(options, 'timescale', stepsPerEpoch) !== undefined
      ? []
      : [
          {
            path: [],
            message: 'needs a timescale, or a warm-up whose length it takes',
            hint: 'set timescale_steps or warmup_steps',
          },
        ],
});
