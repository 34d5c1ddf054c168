import { z } from 'zod';
import { pointwise } from '../../data/byte-table.js';
import { signedLog } from '../../data/quantiles.js';
import { defineTransform } from '../transform.js';

/** `sign(x) ln(1 + |x|)` */
export const log = defineTransform({
  type: 'log',
  summary: 'sign(x) ln(1 + |x|): brings large values together, and leaves small ones nearly as they are.',
  options: z.object({}),
  create() {
    return pointwise((values) => {
      for (let i = 0; i < values.length; i++) values[i] = signedLog(values[i]!);
    });
  },
});
