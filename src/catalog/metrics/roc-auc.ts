import { defineRankingScore } from '../ranking.js';

/**
 * The area under the receiver operating characteristic: how likely a record of a class has a higher score than one of the others (Hanley and
 * McNeil, 1982), the share of pairs of both in which the former is ahead; equal scores count half. A class of which there are no records,
 * or nothing else, is left out; if none remains it is 0.5.
 */
export const rocAuc = defineRankingScore('roc_auc', {
  summary: 'How likely a record of a class has a higher score than one of the others.',
  nothing: 0.5,
  measure(groups) {
    let [ahead, pairs, negatives] = [0, 0, 0];
    for (const group of groups) {
      pairs += group.negatives * ahead + (group.positives * group.negatives) / 2;
      ahead += group.positives;
      negatives += group.negatives;
    }
    return ahead === 0 || negatives === 0 ? undefined : pairs / (ahead * negatives);
  },
});
