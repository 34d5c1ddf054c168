import { z } from 'zod';
import { defineSchedule } from '../schedule.js';

const strategies = ['cos', 'linear'] as const;

/**
 * One rise from `max_factor / div_factor` to `max_factor` and one fall to `1 / final_div_factor` of where it began. Smith and Topin,
 * 2018, in PyTorch's form of two phases; momentum stays as it is.
 */
export const oneCycle = defineSchedule({
  type: 'one_cycle',
  summary: 'One rise and one long fall over the run: the learning rate of the config is the peak.',
  options: z.object({
    max_factor: z.number().positive().default(1).describe('What the learning rate is multiplied by at the peak.'),
    pct_start: z.number().gt(0).lt(1).default(0.3).describe('The part of the run that the rise takes.'),
    anneal_strategy: z.enum(strategies).default('cos').describe('cos: along a cosine; linear: along straight lines.'),
    div_factor: z.number().min(1).default(25).describe('The peak divided by where it begins.'),
    final_div_factor: z.number().min(1).default(10000).describe('Where it begins divided by where it ends.'),
  }),
  factor({ max_factor, pct_start, anneal_strategy, div_factor, final_div_factor }, { step, totalSteps }) {
    const first = max_factor / div_factor;
    const peakAt = pct_start * totalSteps - 1;
    const end = totalSteps - 1;
    const rises = step <= peakAt;
    const [from, to] = rises ? [first, max_factor] : [max_factor, first / final_div_factor];
    const [begin, length] = rises ? [0, peakAt] : [peakAt, end - peakAt];
    const progress = length > 0 ? Math.min((step - begin) / length, 1) : 1;
    if (anneal_strategy === 'linear') return from + (to - from) * progress;
    return to + ((from - to) * (1 + Math.cos(Math.PI * progress))) / 2;
  },
});
