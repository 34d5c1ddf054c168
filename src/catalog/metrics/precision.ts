import { defineClassScore, share } from '../class-counts.js';

/** Of what is decided for a class, the share that is of it. 0 where there is nothing to divide by. */
export const precision = defineClassScore('precision', {
  summary: 'The share of decisions for a class that are right.',
  score: ({ hits, decided }) => share(hits, decided),
});
