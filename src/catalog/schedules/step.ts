import { z } from 'zod';
import { defineSchedule } from '../schedule.js';
import { durationOf, durationOptions, oneOf, problemsOfDuration } from './duration.js';

/** `gamma ^ floor(update / step)`, counted from the start of the run, so that it changes between epochs whatever the warm-up. */
export const step = defineSchedule({
  type: 'step',
  summary: 'Multiplied by gamma again after every so many epochs of the run.',
  options: z
    .object({
      ...durationOptions('step', 'How long the learning rate stays the same'),
      gamma: z.number().positive().default(0.1).describe('What it is multiplied by then.'),
    })
    .refine(oneOf('step_epochs', 'step_steps'), 'needs either step_epochs or step_steps'),
  factor(options, { step, warmupSteps, stepsPerEpoch }) {
    const length = Math.max(durationOf(options, 'step', stepsPerEpoch)!.steps, 1);
    return options.gamma ** Math.floor((step + warmupSteps) / length);
  },
  problems: (options, { totalSteps, warmupSteps, stepsPerEpoch }) =>
    problemsOfDuration(durationOf(options, 'step', stepsPerEpoch), {
      totalSteps: totalSteps + warmupSteps,
      warmupSteps: 0,
      stepsPerEpoch,
    }),
});
