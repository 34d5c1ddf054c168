import { z } from 'zod';
import { type Following, defineSchedule } from '../schedule.js';

interface Memory {
  /** What the learning rate is multiplied by now. */
  readonly factor: number;
  /** The best value so far; null before the first. */
  readonly best: number | null;
  readonly epochsWithout: number;
  /** Epochs for which nothing is counted yet. */
  readonly cooldown: number;
}

const thresholdModes = ['rel', 'abs'] as const;

const options = z.object({
  monitor: z.string().default('val_loss').describe('The metric that is followed, such as val_loss or val_accuracy.'),
  factor: z.number().gt(0).lt(1).default(0.1).describe('What the learning rate is multiplied by.'),
  patience: z.int().nonnegative().default(10).describe('How many epochs without improvement change nothing yet.'),
  threshold: z.number().nonnegative().default(1e-4).describe('What counts as an improvement.'),
  threshold_mode: z
    .enum(thresholdModes)
    .default('rel')
    .describe('rel: the threshold is a part of the best value; abs: it is a difference.'),
  cooldown: z.int().nonnegative().default(0).describe('Epochs after a change for which none are counted.'),
  min_factor: z.number().min(0).max(1).default(0).describe('The least that the learning rate is multiplied by in all.'),
});

type Options = z.output<typeof options>;

function isBetter(
  value: number,
  best: number | null,
  larger: 'better' | 'worse',
  { threshold, threshold_mode }: Options,
): boolean {
  if (best === null) return true;
  const gain = threshold_mode === 'abs' ? threshold : threshold * best;
  return larger === 'better' ? value > best + gain : value < best - gain;
}

const follows: Following<Options, Memory> = {
  start: { factor: 1, best: null, epochsWithout: 0, cooldown: 0 },
  next(memory, { value, larger }, options) {
    const better = isBetter(value, memory.best, larger, options);
    const cools = memory.cooldown > 0;
    const epochsWithout = better || cools ? 0 : memory.epochsWithout + 1;
    const best = better ? value : memory.best;
    if (epochsWithout <= options.patience) {
      return { factor: memory.factor, best, epochsWithout, cooldown: Math.max(memory.cooldown - 1, 0) };
    }
    const factor = Math.max(memory.factor * options.factor, options.min_factor);
    return { factor, best, epochsWithout: 0, cooldown: options.cooldown };
  },
};

/**
 * Multiplied by `factor` when a metric has not improved for more than `patience` epochs, as PyTorch's ReduceLROnPlateau, which
 * differs in that it makes no change smaller than 1e-8. Whether larger is better follows from the metric.
 */
export const reduceOnPlateau = defineSchedule({
  type: 'reduce_on_plateau',
  summary: 'Multiplied by factor when a metric no longer improves.',
  options,
  factor: (_, __, memory) => memory.factor,
  follows,
});
