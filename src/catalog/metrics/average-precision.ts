import { defineRankingScore } from '../ranking.js';

/**
 * The mean precision at each record of a class, by falling score: the area under the precision-recall curve, without interpolation, which is
 * the sum over thresholds, from the highest score on, of precision times the gain in recall. Records of one score come together. A class of
 * which there are no records is left out; if none remains it is 0.
 */
export const averagePrecision = defineRankingScore('average_precision', {
  summary: 'The area under the curve of precision over recall.',
  nothing: 0,
  measure(groups) {
    let [found, looked, sum] = [0, 0, 0];
    for (const { positives, negatives } of groups) {
      found += positives;
      looked += positives + negatives;
      sum += (positives * found) / looked;
    }
    return found === 0 ? undefined : sum / found;
  },
});
