import { z } from 'zod';
import { size } from '../../shape.js';
import { defineLayer } from '../layer.js';

/** `[batch, a, b, ...]` to `[batch, a * b * ...]`, the last axis running fastest. */
export const flatten = defineLayer({
  type: 'flatten',
  summary: 'All axes but the batch in one.',
  options: z.object({}),
  build({ builder }, [x]) {
    const [batch, ...rest] = builder.shapeOf(x!);
    return builder.reshape(x!, [batch!, size(rest)]);
  },
});
