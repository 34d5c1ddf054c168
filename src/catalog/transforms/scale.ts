import { z } from 'zod';
import { pointwise } from '../../data/byte-table.js';
import { defineTransform } from '../transform.js';

/** `x * factor + offset` */
export const scale = defineTransform({
  type: 'scale',
  summary: 'Multiplies every input by `factor` and adds `offset`; bytes count as value / 255.',
  options: z.object({
    factor: z.number().default(1).describe('What every input is multiplied by.'),
    offset: z.number().default(0).describe('What is then added.'),
  }),
  create({ factor, offset }) {
    return pointwise((values) => {
      for (let i = 0; i < values.length; i++) values[i] = values[i]! * factor + offset;
    });
  },
});
