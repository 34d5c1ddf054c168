import { describe, expect, it } from 'vitest';
import { losses } from '../../src/catalog/losses/index.js';
import { lossProgram } from '../catalog/comparison-program.js';
import { runProgram } from '../ops/run-program.js';
import { type LossCase, readFixture, relativeError } from './fixtures.js';

const { cases, versions } = readFixture<LossCase>('losses');

describe(`losses against PyTorch ${versions.torch}`, () => {
  it('cover every loss', () => {
    expect([...new Set(cases.map(({ options }) => options.type))].sort()).toEqual([...losses.types].sort());
  });

  it.each(cases.map((one) => [one.name, one] as const))('%s', (_, one) => {
    const { program, shape } = lossProgram(one.options, one, { gradient: true });
    const inputs = { prediction: one.prediction.values, target: one.target.values, mask: one.mask?.values ?? [] };
    const { output } = runProgram(program, inputs);
    expect(shape).toEqual([]);
    expect(relativeError(output('loss'), one.loss.values)).toBeLessThan(1e-12);
    expect(relativeError(output('gradient'), one.gradient.values)).toBeLessThan(1e-12);
  });
});
