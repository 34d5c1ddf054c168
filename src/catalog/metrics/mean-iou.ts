import { z } from 'zod';
import { type Counts, classCounts, classParts, decisionOptions, macro, perClass, share } from '../class-counts.js';
import { defineMetric } from '../metric.js';

const iou = ({ hits, decided, actual }: Counts): number => share(hits, decided + actual - hits);

/**
 * Intersection over union of what is decided for a class and what is of it, the mean over the classes that occur, over all records together.
 * Predictions and targets are as `classCounts` takes them, mostly pictures: logits `[batch, height, width, classes]` with classes
 * `[batch, height, width]`. Of two classes both count.
 */
export const meanIou = defineMetric({
  type: 'mean_iou',
  summary: 'Intersection over union of what is decided for a class and what is of it, the mean over classes.',
  options: z.object({ ...perClass, ...decisionOptions }),
  larger: 'better',
  batches: 'add',
  parts: classParts,
  build: (comparison, options) => classCounts(comparison, 'mean_iou', options),
  result: (statistics, options, field) => macro(statistics, iou, options, field),
});
