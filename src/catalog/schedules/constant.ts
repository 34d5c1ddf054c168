import { z } from 'zod';
import { defineSchedule } from '../schedule.js';

export const constant = defineSchedule({
  type: 'constant',
  summary: 'The learning rate as it stands.',
  options: z.object({}),
  factor: () => 1,
});
