import { describe, expect, it } from 'vitest';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { randomNormal } from '../../src/random.js';
import {
  type RangePoint,
  type RangeTest,
  rangeTest,
  smoothedLosses,
  suggestionOf,
} from '../../src/train/learning-rate-finder.js';
import { smallRun, train } from './small-run.js';

// Two layers with dropout, so that order of records, masks and optimizer all show in the losses.
const layers = [
  { type: 'dense', units: 8, activation: 'tanh' },
  { type: 'dropout', rate: 0.2 },
  { type: 'dense', units: 3 },
];

async function testRange(min: number, max: number, steps: number, optimizer: unknown = 'adam'): Promise<RangeTest> {
  const { setup, session } = await smallRun(new CpuBackend({ threads: 1 }), { train: { epochs: 1 }, layers, optimizer });
  const seen: number[] = [];
  const test = await rangeTest(setup, { min, max, steps }, (step) => seen.push(step));
  await session.dispose();
  expect(seen).toEqual(test.points.map((_, i) => i + 1));
  return test;
}

describe('a range test', () => {
  it('is a training whose learning rate grows exponentially', async () => {
    const [min, max, steps] = [1e-4, 0.05, 18];
    const { points, stopped } = await testRange(min, max, steps);
    expect(stopped).toBe('end');
    expect(points.map(({ learningRate }) => learningRate)).toEqual(
      Array.from({ length: steps }, (_, i) => min * (max / min) ** (i / (steps - 1))),
    );
    // The same by a run of three epochs of six steps, the last of them smaller.
    const losses: number[] = [];
    const { setup, session } = await smallRun(new CpuBackend({ threads: 1 }), {
      train: { epochs: 3 },
      layers,
      optimizer: { type: 'adam', learning_rate: min },
      schedule: { type: 'exponential', per: 'step', gamma: (max / min) ** (1 / (steps - 1)) },
      events: { stepped: (_, loss) => losses.push(loss) },
    });
    await train(setup);
    await session.dispose();
    expect(losses).toHaveLength(steps);
    losses.forEach((loss, i) => expect(points[i]!.loss, `step ${i + 1}`).toBeCloseTo(loss, 5));
    expect(points[0]!.loss).toBe(losses[0]);
  });

  it('begins with initial weights whatever the session holds, and gives the same points again', async () => {
    const { setup, session } = await smallRun(new CpuBackend({ threads: 1 }), { train: { epochs: 1 }, layers });
    const [name] = setup.model.parameters.map((parameter) => parameter.name);
    await session.writeState(
      name!,
      (await session.readState(name!)).map((value) => 2 * value),
    );
    const again = await rangeTest(setup, { min: 1e-3, max: 0.1, steps: 12 }, () => undefined);
    await session.dispose();
    expect(again).toEqual(await testRange(1e-3, 0.1, 12));
  });

  it('ends where the loss has grown to four times its best, or is not finite', async () => {
    const diverged = await testRange(1e-3, 1e4, 100, { type: 'sgd', momentum: 0.9 });
    expect(diverged.stopped).toBe('diverged');
    expect(diverged.points.length).toBeLessThan(100);
    const losses = diverged.points.map(({ loss }) => loss);
    expect(losses.at(-1)).toBeGreaterThan(2 * Math.min(...losses));
    const infinite = await testRange(1e-3, 1e38, 10, 'sgd');
    expect(['not finite', 'diverged']).toContain(infinite.stopped);
    expect(infinite.points.every(({ loss }) => Number.isFinite(loss))).toBe(true);
  });
});

/** A made-up test: flat, a fall around `middle`, an explosion from `explosion` on, and noise. */
function madeUp(steps: number, { middle = 1e-3, explosion = 0.3, fall = 2, noise = 0.02, offset = 0.5 }): RangePoint[] {
  return Array.from({ length: steps }, (_, i) => {
    const learningRate = 1e-7 * 1e7 ** (i / (steps - 1));
    const fallen = fall / (1 + Math.exp(2 * Math.log(learningRate / middle)));
    const explodes = learningRate > explosion ? 100 * (learningRate / explosion - 1) : 0;
    return { learningRate, loss: offset + fallen + explodes + noise * randomNormal(7, i) };
  });
}

const suggested = (points: RangePoint[], steps: number) => suggestionOf(points, smoothedLosses(points, steps), steps);

describe('a suggestion', () => {
  it.each([
    [100, {}, 1e-3],
    [300, { noise: 0.05 }, 1e-3],
    [100, { middle: 1e-5 }, 1e-5],
    [60, { middle: 0.02, noise: 0 }, 0.02],
    // Losses below zero, as those of densities may be.
    [100, { offset: -5 }, 1e-3],
  ])('is where the loss falls most steeply: %d steps, %o', (steps, shape, middle) => {
    const { steepest, minimumTenth } = suggested(madeUp(steps, shape), steps)!;
    expect(Math.abs(Math.log10(steepest / middle))).toBeLessThan(0.35);
    expect(minimumTenth).toBeGreaterThan(steepest / 10);
    expect(minimumTenth).toBeLessThanOrEqual(0.03 * 1.2);
  });

  it('is not drawn to the explosion', () => {
    const points = madeUp(100, { explosion: 0.1, noise: 0 });
    const { minimumTenth } = suggested(points, 100)!;
    expect(minimumTenth).toBeGreaterThan(0.003);
    expect(minimumTenth).toBeLessThanOrEqual(0.0101);
  });

  it('is not made of noise, a rise, or too few points', () => {
    expect(suggested(madeUp(100, { fall: 0, explosion: 2, noise: 0.1 }), 100)).toBeUndefined();
    const rising = madeUp(100, { fall: 0, explosion: 1e-6, noise: 0 });
    expect(suggested(rising, 100)).toBeUndefined();
    expect(suggested(madeUp(100, {}).slice(0, 3), 100)).toBeUndefined();
    expect(suggested(madeUp(100, {}).slice(0, 1), 100)).toBeUndefined();
  });
});
