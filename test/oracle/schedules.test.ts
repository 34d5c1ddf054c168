import { describe, expect, it } from 'vitest';
import { schedules } from '../../src/catalog/schedules/index.js';
import { learningRateAt } from '../../src/train/learning-rate.js';
import { experiment } from '../graph/experiment.js';
import { type ScheduleCase, readFixture, relativeError } from './fixtures.js';

const { cases, versions } = readFixture<ScheduleCase>('schedules');

describe(`schedules against PyTorch ${versions.torch}`, () => {
  it('cover every schedule', () => {
    expect([...new Set(cases.map(({ schedule }) => schedule.type))].sort()).toEqual([...schedules.types].sort());
  });

  it.each(cases.map((one) => [one.name, one] as const))('%s', (_, { schedule, learningRate, rates }) => {
    const optimizer = { type: 'sgd', learning_rate: learningRate };
    const run = experiment([{ type: 'dense', units: 10 }], { optimizer, schedule });
    const horizon = { stepsPerEpoch: 5, totalSteps: rates.length };
    const own = rates.map((_, i) => learningRateAt(run, i + 1, horizon));
    expect(relativeError(own, rates)).toBeLessThan(1e-12);
  });

  it('count a warm-up in epochs as that many steps', () => {
    const rates = [{ warmup_epochs: 0.5 }, { warmup_steps: 5 }].map((warmup) => {
      const run = experiment([{ type: 'dense', units: 10 }], { schedule: { type: 'cosine', ...warmup } });
      return Array.from({ length: 40 }, (_, i) => learningRateAt(run, i + 1, { stepsPerEpoch: 10, totalSteps: 40 }));
    });
    expect(rates[0]).toEqual(rates[1]);
  });

  it('end a cosine at final_factor, and keep it there', () => {
    const cosine = schedules.get('cosine');
    const options = cosine.options.parse({ final_factor: 0.25 });
    for (const step of [10, 11, 1000]) {
      expect(cosine.factor(options, { step, totalSteps: 10, stepsPerEpoch: 5 })).toBeCloseTo(0.25, 15);
    }
    expect(cosine.factor(options, { step: 0, totalSteps: 0, stepsPerEpoch: 5 })).toBe(1);
  });
});
