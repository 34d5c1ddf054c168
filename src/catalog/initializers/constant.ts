import { z } from 'zod';
import { size } from '../../shape.js';
import { defineInitializer } from '../initializer.js';

export const zeros = defineInitializer({
  type: 'zeros',
  summary: 'All 0.',
  options: z.object({}),
  create: (_, shape) => new Float32Array(size(shape)),
});

export const ones = defineInitializer({
  type: 'ones',
  summary: 'All 1.',
  options: z.object({}),
  create: (_, shape) => new Float32Array(size(shape)).fill(1),
});

export const constant = defineInitializer({
  type: 'constant',
  summary: 'One value everywhere.',
  options: z.object({ value: z.number().describe('The value.') }),
  create: ({ value }, shape) => new Float32Array(size(shape)).fill(value),
});
