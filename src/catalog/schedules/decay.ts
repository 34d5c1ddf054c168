import { z } from 'zod';
import { type ScheduleTime, defineSchedule } from '../schedule.js';
import { durationOf, durationOptions, notBoth, problemsOfDuration } from './duration.js';

/** Schedules that fall to a value and keep it. */

const decay = durationOptions('decay', 'How long that takes, by default the whole run');
const onlyOne = [notBoth('decay_epochs', 'decay_steps'), 'decay_epochs and decay_steps exclude each other'] as const;

/** How much of the decay is over, from 0 to 1. */
function progressOf(options: Readonly<Record<string, unknown>>, { step, totalSteps, stepsPerEpoch }: ScheduleTime): number {
  const length = durationOf(options, 'decay', stepsPerEpoch)?.steps ?? totalSteps;
  return Math.min(step / Math.max(length, 1), 1);
}

/** `start + (end - start) progress` */
export const linear = defineSchedule({
  type: 'linear',
  summary: 'Along a straight line from start_factor to end_factor times the learning rate.',
  options: z
    .object({
      start_factor: z.number().nonnegative().default(1).describe('What the learning rate is multiplied by at first.'),
      end_factor: z.number().nonnegative().default(0).describe('What it is multiplied by in the end.'),
      ...decay,
    })
    .refine(...onlyOne),
  factor: (options, time) => options.start_factor + (options.end_factor - options.start_factor) * progressOf(options, time),
  problems: (options, span) => problemsOfDuration(durationOf(options, 'decay', span.stepsPerEpoch), span),
});

/** `end + (1 - end) (1 - progress) ^ power` */
export const polynomial = defineSchedule({
  type: 'polynomial',
  summary: 'Along a power of the time that is left, down to end_factor times the learning rate.',
  options: z
    .object({
      power: z.number().positive().default(1).describe('The power; 1 is a straight line.'),
      end_factor: z.number().min(0).max(1).default(0).describe('What is left of the learning rate in the end.'),
      ...decay,
    })
    .refine(...onlyOne),
  factor: (options, time) => options.end_factor + (1 - options.end_factor) * (1 - progressOf(options, time)) ** options.power,
  problems: (options, span) => problemsOfDuration(durationOf(options, 'decay', span.stepsPerEpoch), span),
});
