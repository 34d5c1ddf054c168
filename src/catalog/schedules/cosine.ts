import { z } from 'zod';
import { defineSchedule } from '../schedule.js';

/** `final + (1 - final) (1 + cos(pi step / total)) / 2`. Loshchilov and Hutter, 2017, without restarts. */
export const cosine = defineSchedule({
  type: 'cosine',
  summary: 'Half a cosine from learning_rate down to final_factor times it at the end of the run.',
  options: z.object({
    final_factor: z.number().min(0).max(1).default(0).describe('What is left of the learning rate at the end.'),
  }),
  factor: ({ final_factor }, { step, totalSteps }) =>
    final_factor + ((1 - final_factor) * (1 + Math.cos((Math.PI * Math.min(step, totalSteps)) / Math.max(totalSteps, 1)))) / 2,
});
