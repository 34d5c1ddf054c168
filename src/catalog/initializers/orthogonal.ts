import { z } from 'zod';
import { randomNormal } from '../../random.js';
import { size } from '../../shape.js';
import { defineInitializer } from '../initializer.js';

/**
 * Makes vectors orthonormal in place, each by taking from it what the earlier ones span (Gram and Schmidt, modified). They must not
 * be more than they have elements.
 */
function orthonormalize(vectors: readonly Float64Array[]): void {
  const dot = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
    return sum;
  };
  vectors.forEach((vector, number) => {
    const norm = Math.sqrt(dot(vector, vector));
    for (let i = 0; i < vector.length; i++) vector[i]! /= norm;
    for (const later of vectors.slice(number + 1)) {
      const share = dot(vector, later);
      for (let i = 0; i < vector.length; i++) later[i]! -= share * vector[i]!;
    }
  });
}

/**
 * `gain` times a random matrix `[product of the other axes, last axis]` with orthonormal columns or, where it is wide, rows: the Q of
 * the QR decomposition of normally distributed numbers, with a positive diagonal of R, which makes every such matrix as likely as any
 * other (Mezzadri, 2007). Computed in float64. Saxe, McClelland and Ganguli, 2014.
 */
export const orthogonal = defineInitializer({
  type: 'orthogonal',
  summary: 'A random orthogonal matrix: [product of the other axes, last axis].',
  options: z.object({ gain: z.number().positive().default(1).describe('What the matrix is multiplied by.') }),
  create({ gain }, shape, _, key) {
    const columns = shape.at(-1) ?? 1;
    const rows = size(shape) / columns;
    const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
    const vectors = Array.from({ length: count }, (_, v) =>
      Float64Array.from({ length }, (_, i) => randomNormal(key, v * length + i)),
    );
    orthonormalize(vectors);
    const element = (row: number, column: number): number => (rows < columns ? vectors[row]![column]! : vectors[column]![row]!);
    return Float32Array.from({ length: rows * columns }, (_, i) => gain * element(Math.floor(i / columns), i % columns));
  },
});
