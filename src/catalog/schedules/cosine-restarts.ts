import { z } from 'zod';
import { defineSchedule } from '../schedule.js';
import { durationOf, durationOptions, oneOf, problemsOfDuration } from './duration.js';

/** A cosine from 1 to `final_factor` in each cycle, the cycles growing by `multiplier`. Loshchilov and Hutter, 2017 (SGDR). */
export const cosineRestarts = defineSchedule({
  type: 'cosine_restarts',
  summary: 'Half a cosine down, again and again, each time from the full learning rate.',
  options: z
    .object({
      ...durationOptions('first_cycle', 'How long the first cosine is'),
      multiplier: z.number().min(1).default(1).describe('How many times as long each cycle is as the one before.'),
      final_factor: z.number().min(0).max(1).default(0).describe('What is left of the learning rate at the end of a cycle.'),
    })
    .refine(oneOf('first_cycle_epochs', 'first_cycle_steps'), 'needs either first_cycle_epochs or first_cycle_steps'),
  factor(options, { step, stepsPerEpoch }) {
    const { multiplier, final_factor } = options;
    let length = Math.max(durationOf(options, 'first_cycle', stepsPerEpoch)!.steps, 1);
    let within = multiplier === 1 ? step % length : step;
    while (within >= length) {
      within -= length;
      length *= multiplier;
    }
    return final_factor + ((1 - final_factor) * (1 + Math.cos((Math.PI * within) / length))) / 2;
  },
  problems: (options, span) => problemsOfDuration(durationOf(options, 'first_cycle', span.stepsPerEpoch), span),
});
