import { defineClassScore, share } from '../class-counts.js';

/**
 * Twice what is decided rightly for a class, over what is decided for it and what is of it: the harmonic mean of precision and recall.
 * 0 where there is nothing to divide by.
 */
export const f1 = defineClassScore('f1', {
  summary: 'The harmonic mean of precision and recall.',
  score: ({ hits, decided, actual }) => share(2 * hits, decided + actual),
});
