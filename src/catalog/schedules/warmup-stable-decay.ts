import { z } from 'zod';
import { defineSchedule } from '../schedule.js';
import { durationOf, durationOptions, notBoth, problemsOfDuration } from './duration.js';

/** The part of the run that the decay takes where its length is not given. */
const usualPart = 0.2;

/** What is left of the height after a part of the decay. */
const shapes = {
  linear: (progress: number): number => 1 - progress,
  cosine: (progress: number): number => (1 + Math.cos(Math.PI * progress)) / 2,
  sqrt: (progress: number): number => 1 - Math.sqrt(progress),
};

/**
 * The full learning rate after the warm-up, and a fall at the end of the run. Hu et al., 2024 (MiniCPM); Hägele et al., 2024, who find
 * `sqrt` best and a fifth of the run long enough.
 */
export const warmupStableDecay = defineSchedule({
  type: 'warmup_stable_decay',
  summary: 'The full learning rate after the warm-up, and a fall at the end of the run.',
  options: z
    .object({
      ...durationOptions('decay', 'How long the fall takes, by default a fifth of the run'),
      shape: z
        .enum(['linear', 'cosine', 'sqrt'])
        .default('linear')
        .describe('Along a line, half a cosine, or 1 - sqrt of the part of the fall that is over.'),
      final_factor: z.number().min(0).max(1).default(0).describe('What is left of the learning rate at the end.'),
    })
    .refine(notBoth('decay_epochs', 'decay_steps'), 'decay_epochs and decay_steps exclude each other'),
  factor(options, { step, totalSteps, stepsPerEpoch, warmupSteps }) {
    const { shape, final_factor } = options;
    const usual = Math.min(Math.round(usualPart * (totalSteps + warmupSteps)), totalSteps);
    const length = Math.max(durationOf(options, 'decay', stepsPerEpoch)?.steps ?? usual, 1);
    const progress = Math.min(Math.max(step - (totalSteps - length), 0) / length, 1);
    return final_factor + (1 - final_factor) * shapes[shape](progress);
  },
  problems: (options, span) => problemsOfDuration(durationOf(options, 'decay', span.stepsPerEpoch), span),
});
