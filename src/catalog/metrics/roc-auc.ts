import { z } from 'zod';
import { checkAverage, classParts, perClass } from '../class-counts.js';
import { defineMetric } from '../metric.js';
import { type Ranked, groupsOf, rankedClass, rankingResult, rankingStatistics } from '../ranking.js';

/** The share of pairs of a positive and a negative record in which the positive one is ahead; equal scores count half. */
function area(ranked: Ranked): number | undefined {
  const groups = groupsOf(ranked);
  if (groups === undefined) return NaN;
  let [ahead, pairs, negatives] = [0, 0, 0];
  for (const group of groups) {
    pairs += group.negatives * ahead + (group.positives * group.negatives) / 2;
    ahead += group.positives;
    negatives += group.negatives;
  }
  return ahead === 0 || negatives === 0 ? undefined : pairs / (ahead * negatives);
}

/**
 * The area under the receiver operating characteristic: how likely a record of a class has a higher score than one of the others (Hanley and
 * McNeil, 1982). Of two classes that of the positive one; of more, or of labels, the mean of each against the rest. A class of which there
 * are no records, or nothing else, is left out; if none remains it is 0.5. Predictions and targets as for precision.
 */
export const rocAuc = defineMetric({
  type: 'roc_auc',
  summary: 'How likely a record of a class has a higher score than one of the others.',
  options: z.object({ ...rankedClass, ...perClass }),
  larger: 'better',
  batches: 'collect',
  parts: classParts,
  build(comparison, options) {
    checkAverage(options, comparison);
    return rankingStatistics(comparison, 'roc_auc');
  },
  result: (statistics, options, field) => rankingResult(statistics, area, options, field, 0.5),
});
