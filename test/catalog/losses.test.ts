import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Session } from '../../src/backends/backend.js';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { openGpuJs } from '../../src/backends/gpujs/gpujs.js';
import { ReferenceBackend } from '../../src/backends/reference/reference.js';
import type { Field } from '../../src/data/field.js';
import { randomInteger } from '../../src/random.js';
import { expectClose, expectSameBits } from '../backends/conformance-compare.js';
import { normal, runProgram } from '../ops/run-program.js';
import { type LossCase, readFixture } from '../oracle/fixtures.js';
import { lossProgram } from './comparison-program.js';

const { cases } = readFixture<LossCase>('losses');
const inputsOf = ({ prediction, target, mask }: LossCase) => ({
  prediction: [...prediction.values],
  target: target.values,
  mask: mask?.values ?? [],
});

describe('gradients of losses against central differences in float64', () => {
  const smooth = cases.filter(({ kink, name }) => kink !== true && !/large|small|equal/.test(name));

  it.each(smooth.map((one) => [one.name, one] as const))('%s', (_, one) => {
    const step = 1e-5;
    const { program } = lossProgram(one.options, one, { gradient: true });
    const { program: forward } = lossProgram(one.options, one, { gradient: false });
    const inputs = inputsOf(one);
    const gradient = runProgram(program, inputs).output('gradient');
    const loss = (): number => runProgram(forward, inputs).output('loss')[0]!;
    let [error, largest] = [0, 1e-3];
    inputs.prediction.forEach((held, i) => {
      inputs.prediction[i] = held + step;
      const above = loss();
      inputs.prediction[i] = held - step;
      const difference = (above - loss()) / (2 * step);
      inputs.prediction[i] = held;
      // Not Math.max alone: a NaN must not be lost.
      if (!(Math.abs(difference - gradient[i]!) <= error)) error = Math.abs(difference - gradient[i]!);
      largest = Math.max(largest, Math.abs(difference));
    });
    expect(error / largest).toBeLessThan(1e-7);
  });
});

describe('losses on the backends', () => {
  const sameBits = ['cpu, 1 thread', 'cpu, 3 threads'] as const;
  const backends: Record<string, () => Backend | Promise<Backend>> = {
    reference: () => new ReferenceBackend(),
    [sameBits[0]]: () => new CpuBackend({ threads: 1, build: 'relaxed' }),
    [sameBits[1]]: () => new CpuBackend({ threads: 3, build: 'relaxed' }),
    'gpujs-cpu': () => openGpuJs('cpu'),
  };
  const programs = Object.fromEntries(cases.map((one) => [one.name, lossProgram(one.options, one, { gradient: true }).program]));
  const sessions = new Map<string, Session>();
  beforeAll(async () => {
    for (const [backend, open] of Object.entries(backends)) sessions.set(backend, await (await open()).open(programs));
  });
  afterAll(async () => {
    for (const session of sessions.values()) await session.dispose();
  });

  it.each(cases.map((one) => [one.name, one] as const))('%s', async (name, one) => {
    const inputs = new Map(Object.entries(inputsOf(one)).map(([key, values]) => [key, Float32Array.from(values)]));
    const results = new Map<string, Float32Array[]>();
    for (const [backend, session] of sessions) {
      const executable = session.executable(name);
      await executable.run(inputs);
      results.set(backend, [(await executable.read('loss')).slice(), (await executable.read('gradient')).slice()]);
    }
    const [loss, gradient] = results.get('reference')!;
    // Far from 0 the distances of triplets are differences of large numbers.
    const tolerance = name.includes('far from 0') ? 1e-4 : 1e-5;
    for (const [backend, found] of results) {
      expectClose(`${backend}, loss`, found[0]!, loss!, tolerance);
      expectClose(`${backend}, gradient`, found[1]!, gradient!, tolerance);
    }
    expect(results.get(sameBits[1])).toEqual(results.get(sameBits[0]));
  });
});

describe('losses of large batches', () => {
  // So large that every thread has a part.
  const large: readonly [Record<string, unknown> & { type: string }, readonly number[], Field][] = [
    [{ type: 'cross_entropy', label_smoothing: 0.1, ignore_index: 2 }, [64, 40, 50], { kind: 'class', shape: [40], classes: 50 }],
    [{ type: 'focal' }, [64, 40, 50], { kind: 'class', shape: [40], classes: 50 }],
    [{ type: 'hinge' }, [64, 40, 50], { kind: 'class', shape: [40], classes: 50 }],
    [{ type: 'dice' }, [64, 40, 50], { kind: 'class', shape: [40], classes: 50 }],
    [{ type: 'binary_cross_entropy' }, [500, 300], { kind: 'number', shape: [300] }],
    [{ type: 'log_cosh' }, [500, 300], { kind: 'number', shape: [300] }],
    [{ type: 'cosine_similarity' }, [500, 300], { kind: 'number', shape: [300] }],
    [{ type: 'triplet' }, [300, 60], { kind: 'class', shape: [], classes: 20 }],
    [{ type: 'triplet', mining: 'all' }, [60, 60], { kind: 'class', shape: [], classes: 5 }],
    [{ type: 'ctc' }, [60, 12, 50], { kind: 'class', shape: [4], classes: 50 }],
  ];

  it.each(large)('%o have the same bits for 1 and 3 threads', async (options, shape, field) => {
    const { program } = lossProgram(options, { prediction: { shape }, field }, { gradient: true });
    const targets = shape[0]! * field.shape.reduce((a, b) => a * b, 1);
    const target = Float32Array.from({ length: targets }, (_, i) =>
      field.kind === 'class' ? randomInteger(2, i) % field.classes : (randomInteger(3, i) % 1000) / 1000,
    );
    const inputs = new Map([
      ['prediction', Float32Array.from(normal(shape, 1).values)],
      ['target', target],
    ]);
    const results: Map<string, Float32Array>[] = [];
    for (const threads of [1, 3]) {
      const session = await new CpuBackend({ threads }).open({ main: program });
      await session.executable('main').run(inputs);
      const read = async (name: string) => (await session.executable('main').read(name)).slice();
      results.push(
        new Map([
          ['loss', await read('loss')],
          ['gradient', await read('gradient')],
        ]),
      );
      await session.dispose();
    }
    expect(results[0]!.get('loss')![0]).toBeGreaterThan(0.01);
    expectSameBits(results[1]!, results[0]!);
  });
});

describe('losses in float32', () => {
  /** The loss of one record with one output, and its derivative. */
  async function onCpu(
    options: { type: string } & Record<string, unknown>,
    field: Field,
    logit: number | number[],
    target: number,
  ): Promise<{ loss: number; gradient: number }> {
    const prediction = Array.isArray(logit) ? logit : [logit];
    const { program } = lossProgram(options, { prediction: { shape: [1, prediction.length] }, field }, { gradient: true });
    const session = await new CpuBackend({ threads: 1 }).open({ main: program });
    const inputs = { prediction: Float32Array.from(prediction), target: Float32Array.of(target) };
    await session.executable('main').run(new Map(Object.entries(inputs)));
    const read = async (name: string): Promise<number> => (await session.executable('main').read(name))[0]!;
    const result = { loss: await read('loss'), gradient: await read('gradient') };
    await session.dispose();
    return result;
  }
  const two: Field = { kind: 'class', shape: [], classes: 2 };

  it.each([-40, -17, -5, 0, 5, 17, 40, 1e4, -1e4, 3e38, -3e38])('keep their digits for a logit of %d', async (logit) => {
    for (const target of [0, 1]) {
      const x = Math.fround(target === 1 ? -logit : logit);
      const expected = { loss: Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), gradient: 1 / (1 + Math.exp(-x)) };
      const { loss, gradient } = await onCpu({ type: 'binary_cross_entropy' }, two, logit, target);
      expect(Math.abs(loss - expected.loss)).toBeLessThanOrEqual(2e-6 * expected.loss);
      const slope = target === 1 ? -gradient : gradient;
      expect(Math.abs(slope - expected.gradient)).toBeLessThanOrEqual(2e-6 * expected.gradient + 1e-37);
      if (Math.abs(logit) > 1e30) continue;
      const focal = await onCpu({ type: 'focal' }, two, logit, target);
      expect(Number.isFinite(focal.loss) && Number.isFinite(focal.gradient)).toBe(true);
    }
  });

  it('are finite for logits of classes of every size', async () => {
    const three: Field = { kind: 'class', shape: [], classes: 3 };
    for (const type of ['cross_entropy', 'focal', 'dice', 'hinge']) {
      for (const logits of [
        [1e30, 0, -1e30],
        [-1e30, 0, 1e30],
        [1e4, 1e4, 1e4],
        [0, 0, 0],
        [100, -100, 0],
      ]) {
        const { loss, gradient } = await onCpu({ type }, three, logits, 0);
        expect([type, logits, Number.isFinite(loss), Number.isFinite(gradient)]).toEqual([type, logits, true, true]);
      }
    }
  });

  it('keep the digits of small differences', async () => {
    const number: Field = { kind: 'number', shape: [] };
    for (const d of [1e-4, 1e-2, 0.09, 0.11, 1, 5]) {
      const { loss, gradient } = await onCpu({ type: 'log_cosh' }, number, d, 0);
      expect(Math.abs(loss / Math.log1p(2 * Math.sinh(d / 2) ** 2) - 1)).toBeLessThan(2e-5);
      expect(Math.abs(gradient / Math.tanh(d) - 1)).toBeLessThan(2e-6);
    }
  });
});

describe('where nothing counts', () => {
  const classes: Field = { kind: 'class', shape: [3], classes: 4 };
  const prediction = normal([2, 3, 4], 1);

  it.each([
    ['an empty mask', {}, [0, 1, 2, 3, 0, 1], [0, 0, 0, 0, 0, 0]],
    ['a batch of padding', { ignore_index: 0 }, [0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]],
    ['classes of no weight', { class_weights: [0, 1, 1, 1] }, [0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]],
  ])('a loss and its gradient are 0: %s', (_, options, target, mask) => {
    const compared = { prediction, field: classes, mask: { shape: [2, 3] } };
    const { program } = lossProgram({ type: 'cross_entropy', ...options }, compared, { gradient: true });
    const { output } = runProgram(program, { prediction: prediction.values, target, mask });
    expect(output('loss')).toEqual([0]);
    expect(output('gradient').map(Math.abs)).toEqual(prediction.values.map(() => 0));
  });
});
