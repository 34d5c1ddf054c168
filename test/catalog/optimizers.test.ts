import { describe, expect, it } from 'vitest';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { optimizers } from '../../src/catalog/optimizers/index.js';
import { experimentSchema } from '../../src/spec/experiment.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { smallRun } from '../train/small-run.js';
import { experiment } from '../graph/experiment.js';
import { runProgram } from '../ops/run-program.js';

/** The options of an optimizer with every default. */
const optionsOf = (optimizer: object) => experiment([{ type: 'dense', units: 3 }], { optimizer }).optimizer;

const slotsOf = (optimizer: { type: string }, shape: number[]) =>
  Object.fromEntries(
    optimizers
      .get(optimizer.type)
      .slots(optionsOf(optimizer), shape)
      .map((slot) => [slot.name, slot.shape]),
  );

describe('slots', () => {
  it('of Adafactor are the rows and columns of the last two axes, and a vector itself', () => {
    expect(slotsOf({ type: 'adafactor' }, [5, 7])).toEqual({ row: [5, 1], column: [1, 7] });
    expect(slotsOf({ type: 'adafactor' }, [3, 2, 5, 7])).toEqual({ row: [3, 2, 5, 1], column: [3, 2, 1, 7] });
    expect(slotsOf({ type: 'adafactor' }, [7])).toEqual({ mean_square: [7] });
  });

  it('of Muon are one for a matrix, and those of AdamW for all else', () => {
    const adamw = { mean: [3, 3, 1, 8], mean_square: [3, 3, 1, 8] };
    expect(slotsOf({ type: 'muon' }, [5, 7])).toEqual({ momentum: [5, 7] });
    expect(slotsOf({ type: 'muon' }, [3, 3, 1, 8])).toEqual(adamw);
    expect(slotsOf({ type: 'muon', use_muon: false } as never, [5, 7])).toEqual({ mean: [5, 7], mean_square: [5, 7] });
  });

  it('are only those that the options need', () => {
    expect(Object.keys(slotsOf({ type: 'rmsprop' }, [2]))).toEqual(['mean_square']);
    const all = { type: 'rmsprop', centered: true, momentum: 0.9 };
    expect(Object.keys(slotsOf(all, [2]))).toEqual(['mean_square', 'mean', 'momentum']);
    const amsgrad = { type: 'adam', amsgrad: true };
    expect(Object.keys(slotsOf(amsgrad, [2]))).toEqual(['mean', 'mean_square', 'largest_mean_square']);
  });

  it('start from the values they are given', async () => {
    const { session } = await smallRun(new CpuBackend({ threads: 1 }), {
      train: {},
      optimizer: { type: 'adagrad', initial_accumulator_value: 0.25 },
    });
    expect([...(await session.readState('dense_1/bias/sum_of_squares'))]).toEqual([0.25, 0.25, 0.25]);
    await session.dispose();
  });
});

describe('the momentum of NAdam', () => {
  it('at a step is the same bits whichever steps were asked for before, as a resumed run needs', () => {
    const scalars = (options: object, step: number) =>
      optimizers.get('nadam').scalars(optionsOf({ type: 'nadam', ...options }), { step, learningRate: 0.1 });
    const inOrder = [1, 2, 3, 4, 5].map((step) => scalars({}, step));
    expect(scalars({}, 3)).toEqual(inOrder[2]);
    expect(scalars({ beta_1: 0.5 }, 3)).not.toEqual(inOrder[2]);
    expect(scalars({}, 5)).toEqual(inOrder[4]);
  });
});

describe('centered RMSprop', () => {
  it('stays finite where the gradient does not change, although rounding makes its variance negative', async () => {
    const definition = optimizers.get('rmsprop');
    const options = optionsOf({ type: 'rmsprop', centered: true, rho: 0.9 });
    const builder = new ProgramBuilder();
    const gradient = builder.input('gradient', [64]);
    const tensors = Object.fromEntries(['p', 'mean_square', 'mean'].map((name) => [name, builder.stateTensor(name, [64])]));
    const scalars = { learning_rate: builder.input('learning_rate') };
    const next = definition.update(builder, { parameter: tensors.p!, gradient, slots: tensors as never, scalars }, options);
    builder.update('p', next.parameter);
    for (const [name, id] of Object.entries(next.slots)) builder.update(name, id);
    const session = await new CpuBackend({ threads: 1, build: 'plain' }).open({ step: builder.finish() });
    const inputs = new Map([
      ['gradient', Float32Array.from({ length: 64 }, (_, i) => (i + 1) / 7)],
      ['learning_rate', Float32Array.of(1e-4)],
    ]);
    let below = 0;
    for (let step = 0; step < 200; step++) {
      await session.executable('step').run(inputs);
      const [mean, square] = [await session.readState('mean'), await session.readState('mean_square')];
      below += square.filter((value, i) => value < Math.fround(mean[i]! ** 2)).length;
    }
    expect(below, 'the case that is tested for').toBeGreaterThan(0);
    expect((await session.readState('p')).every(Number.isFinite)).toBe(true);
    await session.dispose();
  });
});

describe('Muon', () => {
  it('gives a matrix a step whose singular values are near 1, wide or tall', () => {
    for (const [rows, columns] of [
      [2, 3],
      [3, 2],
    ] as const) {
      const builder = new ProgramBuilder();
      const shape = [rows, columns];
      const scalars = Object.fromEntries(
        Object.keys(
          optimizers.get('muon').scalars(optionsOf({ type: 'muon', weight_decay: 0 }), { step: 1, learningRate: 1 }),
        ).map((name) => [name, builder.input(name)]),
      );
      const [p, g, m] = ['p', 'g', 'm'].map((name) => builder.input(name, shape)) as [number, number, number];
      const options = optionsOf({ type: 'muon', weight_decay: 0 });
      const next = optimizers
        .get('muon')
        .update(builder, { parameter: p, gradient: g, slots: { momentum: m }, scalars }, options);
      builder.output('p', next.parameter);
      // Two orthogonal directions, one a hundred times as strong as the other.
      const gradient = rows < columns ? [100, 0, 0, 0, 1, 0] : [100, 0, 0, 1, 0, 0];
      const zero = gradient.map(() => 0);
      const { output } = runProgram(builder.finish(), {
        p: zero,
        g: gradient,
        m: zero,
        ...Object.fromEntries(Object.keys(scalars).map((name) => [name, [name === 'learning_rate' ? 1 : 0]])),
      });
      const ratio = Math.sqrt(Math.max(1, columns / rows));
      const values = output('p').map((value) => -value / ratio);
      gradient.forEach((value, i) => {
        if (value === 0) expect(values[i]).toBeCloseTo(0, 12);
        else expect(values[i]).toSatisfy((found: number) => found > 0.6 && found < 1.3);
      });
    }
  });
});

describe('options', () => {
  it.each([
    [{ type: 'adam', beta_1: 1 }, 'beta_1'],
    [{ type: 'lion', weight_decay: -0.1 }, 'weight_decay'],
    [{ type: 'adafactor', beta_2_decay: 0.5 }, 'beta_2_decay'],
    [{ type: 'adafactor', clip_threshold: 0.5 }, 'clip_threshold'],
    [{ type: 'muon', ns_steps: 0 }, 'ns_steps'],
    [{ type: 'muon', adjust_learning_rate: 'none' }, 'adjust_learning_rate'],
    [{ type: 'rmsprop', centered: 'yes' }, 'centered'],
    [{ type: 'adagrad', initial_accumulator_value: -1 }, 'initial_accumulator_value'],
    [{ type: 'sgd', amsgrad: true }, 'amsgrad'],
  ])('out of range are refused: %j', (optimizer, key) => {
    const { error } = experimentSchema.shape.optimizer.safeParse(optimizer);
    expect(JSON.stringify(error?.issues)).toContain(`"${key}"`);
  });
});
