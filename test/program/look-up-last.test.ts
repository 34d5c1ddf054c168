import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axisIndex, call, input } from '../../src/ops/expression.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { appendGradients } from '../../src/program/gradient.js';
import { optimize } from '../../src/program/optimize.js';
import { type Program, operationsOf } from '../../src/program/program.js';
import { normal, runProgram } from '../ops/run-program.js';

interface Setting {
  /** Rows of the table. */
  rows: number;
  batch: number;
  time: number;
  /** Whether the steps come first, as in recurrent layers. */
  byTime: boolean;
  /** Whether a formula comes between the table and the product. */
  activated: boolean;
  /** Whether it depends on the position. */
  positioned: boolean;
  transposeB: boolean;
  /** Whether only one step is read of the product. */
  sliced: boolean;
  /** Whether the looked up rows are read elsewhere. */
  alsoRead: boolean;
}

const [width, units] = [3, 5];

/** Loss and gradients of table, kernel and bias, where loss = sum(weight * (formula(gather(table, indices)) kernel + bias)). */
function lookedUp(setting: Setting): Program {
  const { rows, batch, time, byTime, activated, positioned, transposeB, sliced, alsoRead } = setting;
  const builder = new ProgramBuilder();
  const table = builder.input('table', [rows, width]);
  const kernel = builder.input('kernel', transposeB ? [units, width] : [width, units]);
  const bias = builder.input('bias', [units]);
  const found = builder.gather(table, builder.input('indices', [batch, time]));
  let x = found;
  if (byTime) x = builder.transpose(x, [1, 0, 2]);
  const formula = call('hyperbolic_tangent', input(0));
  if (activated) x = builder.map(positioned ? call('multiply', formula, axisIndex(0)) : formula, [x]);
  const product = builder.matmul(builder.reshape(x, [batch * time, width]), kernel, { transposeB });
  let y = builder.map(call('add', input(0), input(1)), [product, bias]);
  if (sliced) y = builder.slice(y, 0, batch, batch);
  const weight = builder.input('weight', builder.shapeOf(y));
  let loss = builder.total(builder.map(call('multiply', input(0), input(1)), [y, weight]));
  if (alsoRead) loss = builder.map(call('add', input(0), input(1)), [loss, builder.total(found)]);
  builder.output('loss', loss);
  appendGradients(builder, loss, [table, kernel, bias]).forEach((gradient, i) => builder.output(`gradient_${i}`, gradient!));
  return builder.finish();
}

/** Multiplications and additions of matrix products. */
const multiplied = (program: Program): number =>
  program.ops.reduce((sum, op) => sum + (op.attributes.kind === 'matmul' ? operationsOf(op, program.shapes) : 0), 0);

const plain: Setting = {
  ...{ rows: 4, batch: 6, time: 8, byTime: true, activated: false, positioned: false },
  ...{ transposeB: false, sliced: false, alsoRead: false },
};

describe('lookUpLast', () => {
  it('changes no value and no gradient, whatever is done to the rows', () => {
    const settings = fc.record({
      rows: fc.integer({ min: 1, max: 20 }),
      batch: fc.integer({ min: 1, max: 6 }),
      time: fc.integer({ min: 2, max: 6 }),
      byTime: fc.boolean(),
      activated: fc.boolean(),
      positioned: fc.boolean(),
      transposeB: fc.boolean(),
      sliced: fc.boolean(),
      alsoRead: fc.boolean(),
    });
    let less = 0;
    fc.assert(
      fc.property(settings, (setting) => {
        const program = lookedUp(setting);
        const optimized = optimize(program);
        const inputs = Object.fromEntries(
          [...program.inputs].map(([name, id], i) => [name, normal(program.shapes[id]!, i + 1).values]),
        );
        // Beyond the ends too: what is looked up and where gradients go is then the first or the last row.
        inputs['indices'] = inputs['indices']!.map((value) => Math.floor(setting.rows * (0.5 + value / 3)));
        const [before, after] = [runProgram(program, inputs), runProgram(optimized, inputs)];
        for (const name of program.outputs.keys()) {
          after.output(name).forEach((value, i) => expect(value).toBeCloseTo(before.output(name)[i]!, 10));
        }
        if (multiplied(optimized) < multiplied(program)) less++;
      }),
      { seed: 5, numRuns: 300 },
    );
    expect(less).toBeGreaterThan(60);
  });

  // Three products, of 48 looked up rows or of the table's 4. A formula's gradient needs the rows, and so does the table's behind it.
  const products: [string, Partial<Setting>, number][] = [
    ['of rows', {}, 4 + 4 + 4],
    ['of rows in the order of the batch', { byTime: false, transposeB: true }, 4 + 4 + 4],
    ['of which a part is read', { sliced: true }, 4 + 4 + 4],
    ['of a formula', { activated: true }, 4 + 4 + 48],
    ['of a formula of positions', { activated: true, positioned: true }, 48 + 48 + 48],
    ['of a table that is not much shorter', { rows: 25 }, 48 + 48 + 48],
  ];
  it.each(products)('multiplies the table, forward and in the gradients: %s', (_, change, rows) => {
    const program = lookedUp({ ...plain, ...change });
    expect(multiplied(optimize(program))).toBe((multiplied(program) * rows) / (3 * 48));
  });
});
