import { describe, expect, it } from 'vitest';
import { isMixing } from '../../src/catalog/augmentation.js';
import { augmentations } from '../../src/catalog/augmentations/index.js';
import type { Field } from '../../src/data/field.js';
import { RandomStream } from '../../src/random.js';
import type { Values } from '../ops/run-program.js';
import { readFixture } from './fixtures.js';

interface AugmentationCase {
  name: string;
  options: Record<string, unknown> & { type: string };
  field: Field;
  /** The numbers that are drawn, one after the other. */
  draws: number[];
  input: Values;
  output: Values;
}

/** Gives numbers that are known. */
class GivenNumbers extends RandomStream {
  readonly left: number[];

  constructor(numbers: readonly number[]) {
    super(0);
    this.left = [...numbers];
  }

  override uniform(): number {
    const number = this.left.shift();
    if (number === undefined) throw new Error('more numbers are drawn than were given');
    return number;
  }
}

const { cases } = readFixture<AugmentationCase>('augmentations');

describe('augmentations against torchvision, SciPy and NumPy', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', (_, { options, field, draws, input, output }) => {
    const { type, ...own } = options;
    const definition = augmentations.get(type);
    if (isMixing(definition)) throw new Error(`${type} changes pairs of records`);
    const change = definition.create(definition.options.parse(own), field);
    // Twice: what it keeps for its own use does not reach the next record.
    for (let time = 0; time < 2; time++) {
      const values = Float32Array.from(input.values as number[]);
      const random = new GivenNumbers(draws);
      change(values, random);
      expect(random.left).toEqual([]);
      const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - (output.values as number[])[i]!)), 0);
      expect(worst).toBeLessThan(2e-6);
    }
  });
});
