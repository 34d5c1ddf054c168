import { describe, expect, it } from 'vitest';
import { losses } from '../../src/catalog/losses/index.js';
import type { Field } from '../../src/data/field.js';
import { metrics } from '../../src/catalog/metrics/index.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { appendGradients } from '../../src/program/gradient.js';
import { optimize } from '../../src/program/optimize.js';
import { runProgram } from '../ops/run-program.js';
import { type LossCase, readFixture, relativeError } from './fixtures.js';

const { cases, versions } = readFixture<LossCase>('losses');

describe(`losses and metrics against PyTorch ${versions.torch}`, () => {
  it('cover every loss and metric', () => {
    expect([...new Set(cases.map(({ options }) => options.type))]).toEqual(losses.types);
    expect(metrics.types).toEqual(['accuracy']);
  });

  it.each(cases.map((one) => [one.name, one] as const))('%s', (_, { options, logits, target, loss, gradient, accuracy }) => {
    const builder = new ProgramBuilder();
    const prediction = builder.input('logits', logits.shape);
    const field: Field = { kind: 'class', shape: [], classes: logits.shape.at(-1)! };
    const comparison = { builder, prediction, target: builder.input('target', [target.length]), field };
    const value = losses.get(options.type).build(comparison, options);
    builder.output('loss', value);
    for (const [name, statistic] of Object.entries(metrics.get('accuracy').build(comparison, {})))
      builder.output(name, statistic);
    builder.output('gradient', appendGradients(builder, value, [prediction])[0]!);
    const { output } = runProgram(optimize(builder.finish()), { logits: logits.values, target });
    expect(builder.shapeOf(value)).toEqual([]);
    expect(relativeError(output('loss'), loss.values)).toBeLessThan(1e-12);
    expect(relativeError(output('gradient'), gradient.values)).toBeLessThan(1e-12);
    expect(metrics.get('accuracy').result({ sum: output('sum'), count: output('count') }, {})).toBe(accuracy);
  });
});
