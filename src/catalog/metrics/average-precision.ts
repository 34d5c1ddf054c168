import { z } from 'zod';
import { checkAverage, classParts, perClass } from '../class-counts.js';
import { defineMetric } from '../metric.js';
import { type Ranked, groupsOf, rankedClass, rankingResult, rankingStatistics } from '../ranking.js';

/** The sum over thresholds, from the highest score on, of precision times the gain in recall. Records of one score come together. */
function precisionMean(ranked: Ranked): number | undefined {
  const groups = groupsOf(ranked);
  if (groups === undefined) return NaN;
  let [found, looked, sum] = [0, 0, 0];
  for (const { positives, negatives } of groups) {
    found += positives;
    looked += positives + negatives;
    sum += (positives * found) / looked;
  }
  return found === 0 ? undefined : sum / found;
}

/**
 * The mean precision at each record of a class, by falling score: the area under the precision-recall curve, without interpolation. Of two
 * classes that of the positive one; of more, or of labels, the mean of each against the rest. A class of which there are no records is
 * left out; if none remains it is 0. Predictions and targets as for precision.
 */
export const averagePrecision = defineMetric({
  type: 'average_precision',
  summary: 'The area under the curve of precision over recall.',
  options: z.object({ ...rankedClass, ...perClass }),
  larger: 'better',
  batches: 'collect',
  parts: classParts,
  build(comparison, options) {
    checkAverage(options, comparison);
    return rankingStatistics(comparison, 'average_precision');
  },
  result: (statistics, options, field) => rankingResult(statistics, precisionMean, options, field, 0),
});
