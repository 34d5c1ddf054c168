import { describe, expect, it } from 'vitest';
import { schedules } from '../../src/catalog/schedules/index.js';
import { type ScheduleCase, readFixture, relativeError } from './fixtures.js';

const { cases, versions } = readFixture<ScheduleCase>('schedules');

describe(`schedules against PyTorch ${versions.torch}`, () => {
  it('cover every schedule', () => {
    expect([...new Set(cases.map(({ schedule }) => schedule.type))].sort()).toEqual([...schedules.types].sort());
  });

  it.each(cases.map((one) => [one.name, one] as const))('%s', (_, { schedule, learningRate, rates }) => {
    const definition = schedules.get(schedule.type);
    const options = definition.options.parse(schedule);
    const own = rates.map((_, step) => {
      return learningRate * definition.factor(options, { step, totalSteps: rates.length, stepsPerEpoch: 5 });
    });
    expect(relativeError(own, rates)).toBeLessThan(1e-12);
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
