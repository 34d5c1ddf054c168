import { defineClassScore, share } from '../class-counts.js';

/** Of what is of a class, the share that is decided for it. 0 where there is nothing to divide by. */
export const recall = defineClassScore('recall', {
  summary: 'The share of targets of a class that are found.',
  score: ({ hits, actual }) => share(hits, actual),
});
