import { z } from 'zod';
import { defineSchedule } from '../schedule.js';
import { durationOf, durationOptions, oneOf, problemsOfDuration } from './duration.js';

const modes = ['triangular', 'triangular2', 'exp_range'] as const;

/**
 * From 1 up to `max_factor` and down again, in straight lines of a step each. `triangular2` halves the height in every cycle,
 * `exp_range` multiplies it by gamma with every update. Smith, 2017.
 */
export const cyclical = defineSchedule({
  type: 'cyclical',
  summary: 'Up to max_factor times the learning rate and down again, over and over.',
  options: z
    .object({
      ...durationOptions('step', 'How long the way up takes, and the way down'),
      max_factor: z.number().min(1).default(4).describe('What the learning rate is multiplied by at the top.'),
      mode: z
        .enum(modes)
        .default('triangular')
        .describe('triangular: always as high; triangular2: half as high in each cycle; exp_range: lower with every step.'),
      gamma: z.number().positive().max(1).optional().describe('For exp_range: what the height is multiplied by in every step.'),
    })
    .refine(oneOf('step_epochs', 'step_steps'), 'needs either step_epochs or step_steps')
    .refine(
      ({ mode, gamma }) => (mode === 'exp_range') === (gamma !== undefined),
      'gamma belongs to mode exp_range, which needs it',
    ),
  factor(options, { step, stepsPerEpoch }) {
    const { mode, gamma = 1, max_factor } = options;
    const half = Math.max(durationOf(options, 'step', stepsPerEpoch)!.steps, 1);
    const cycle = Math.floor(step / (2 * half));
    const height = 1 - Math.abs(step / half - 2 * cycle - 1);
    const scale = { triangular: 1, triangular2: 0.5 ** cycle, exp_range: gamma ** step }[mode];
    return 1 + (max_factor - 1) * height * scale;
  },
  problems(options, span) {
    const half = durationOf(options, 'step', span.stepsPerEpoch)!;
    return problemsOfDuration({ ...half, steps: 2 * half.steps, text: `a cycle of twice ${half.text}` }, span);
  },
});
