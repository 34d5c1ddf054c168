import { z } from 'zod';
import { defineSchedule } from '../schedule.js';

const units = ['epoch', 'step'] as const;

/** `gamma ^ n`, n counting the epochs of the run begun, or the updates made, since the end of the warm-up. */
export const exponential = defineSchedule({
  type: 'exponential',
  summary: 'Multiplied by gamma after every epoch, or after every step.',
  options: z.object({
    gamma: z.number().positive().default(0.95).describe('What the learning rate is multiplied by.'),
    per: z.enum(units).default('epoch').describe('How often.'),
  }),
  factor({ gamma, per }, { step, warmupSteps, stepsPerEpoch }) {
    const epochAt = (update: number): number => Math.floor(update / stepsPerEpoch);
    return gamma ** (per === 'step' ? step : epochAt(warmupSteps + step) - epochAt(warmupSteps));
  },
});
