import { describe, expect, it } from 'vitest';
import { schedules } from '../../src/catalog/schedules/index.js';
import { learningRateAt, scheduleFindings, updateSchedule } from '../../src/train/learning-rate.js';
import { newProgress } from '../../src/train/progress.js';
import { experiment } from '../graph/experiment.js';
import { type ScheduleCase, readFixture } from './fixtures.js';

const { cases, versions } = readFixture<ScheduleCase>('schedules');

describe(`schedules against PyTorch ${versions.torch}`, () => {
  it('cover every schedule', () => {
    expect([...new Set(cases.map(({ schedule }) => schedule.type))].sort()).toEqual([...schedules.types].sort());
  });

  it.each(cases.map((one) => [one.name, one] as const))('%s', (_, { schedule, learningRate, rates, metric }) => {
    const optimizer = { type: 'sgd', learning_rate: learningRate };
    const run = experiment([{ type: 'dense', units: 10 }], { optimizer, schedule, metrics: ['accuracy'] });
    const horizon = { stepsPerEpoch: 5, totalSteps: rates.length };
    const progress = newProgress();
    const own = rates.map((_, i) => {
      const rate = learningRateAt(run, i + 1, horizon, progress);
      progress.step = i + 1;
      if (progress.step % 5 === 0 && metric !== undefined) {
        progress.epoch = progress.step / 5;
        updateSchedule(progress, run, { [String(run.schedule.monitor)]: metric[(i + 1) / 5 - 1]! }, horizon);
        // As a checkpoint keeps it.
        progress.schedule = JSON.parse(JSON.stringify(progress.schedule)) as typeof progress.schedule;
      }
      return rate;
    });
    expect(scheduleFindings(run, horizon)).toEqual([]);
    own.forEach((rate, i) => expect(Math.abs(rate - rates[i]!), `update ${i + 1}`).toBeLessThan(1e-12 * learningRate));
    expect(own).toHaveLength(rates.length);
  });

  it('count a warm-up in epochs as that many steps', () => {
    const rates = [{ warmup_epochs: 0.5 }, { warmup_steps: 5 }].map((warmup) => {
      const run = experiment([{ type: 'dense', units: 10 }], { schedule: { type: 'cosine', ...warmup } });
      return Array.from({ length: 40 }, (_, i) => learningRateAt(run, i + 1, { stepsPerEpoch: 10, totalSteps: 40 }));
    });
    expect(rates[0]).toEqual(rates[1]);
  });

  it('say what does not fit into a run, at the option that gives it', () => {
    const findings = (schedule: object, totalSteps = 20) =>
      scheduleFindings(experiment([{ type: 'dense', units: 10 }], { schedule }), { stepsPerEpoch: 5, totalSteps }).map(
        ({ path, message }) => [path.join('.'), message],
      );
    expect(findings({ type: 'constant', warmup_steps: 20 })).toEqual([]);
    expect(findings({ type: 'constant', warmup_steps: 21 })).toEqual([
      ['schedule.warmup_steps', '21 steps is longer than the 20 steps that the run has'],
    ]);
    expect(findings({ type: 'linear', decay_epochs: 4 })).toEqual([]);
    expect(findings({ type: 'linear', decay_epochs: 4, warmup_steps: 1 })).toEqual([
      ['schedule.decay_epochs', '4 epochs (20 steps) is longer than the 19 steps that are left of the run after a warm-up of 1'],
    ]);
    expect(findings({ type: 'polynomial', decay_steps: 21 })).toHaveLength(1);
    expect(findings({ type: 'warmup_stable_decay', decay_steps: 21 })).toHaveLength(1);
    expect(findings({ type: 'cosine_restarts', first_cycle_steps: 21 })).toHaveLength(1);
    expect(findings({ type: 'cyclical', step_steps: 10 })).toEqual([]);
    expect(findings({ type: 'cyclical', step_steps: 11 })).toEqual([
      ['schedule.step_steps', 'a cycle of twice 11 steps is longer than the 20 steps that the run has'],
    ]);
    expect(findings({ type: 'step', step_epochs: 4, warmup_steps: 10 })).toEqual([]);
    expect(findings({ type: 'step', step_epochs: 4.2 })).toHaveLength(1);
    expect(findings({ type: 'step', step_epochs: 0.05 })).toEqual([
      ['schedule.step_epochs', '0.05 epochs (0 steps) is less than a step'],
    ]);
    expect(findings({ type: 'multi_step', milestone_steps: [19, 20, 21] })).toEqual([
      ['schedule.milestone_steps.1', 'nothing is trained after step 20: the run ends after step 20'],
      ['schedule.milestone_steps.2', 'nothing is trained after step 21: the run ends after step 20'],
    ]);
    expect(findings({ type: 'inverse_sqrt' })).toEqual([['schedule', 'needs a timescale, or a warm-up whose length it takes']]);
    expect(findings({ type: 'inverse_sqrt', warmup_steps: 2 })).toEqual([]);
  });

  it('stay finite and keep their last value in runs that were cut short', () => {
    for (const { type, options } of schedules.definitions) {
      const length = { step_epochs: 3, first_cycle_epochs: 3, milestones: [3] };
      const keys = Object.keys(length).filter((key) => key in options.shape) as (keyof typeof length)[];
      const schedule = { type, ...Object.fromEntries(keys.map((key) => [key, length[key]])) };
      const run = experiment([{ type: 'dense', units: 10 }], { schedule, optimizer: { type: 'sgd', learning_rate: 1 } });
      for (const totalSteps of [1, 2, 5])
        for (let step = 1; step <= 7; step++) {
          const rate = learningRateAt(run, step, { stepsPerEpoch: 1, totalSteps });
          expect(rate, `${type}, step ${step} of ${totalSteps}`).toBeGreaterThanOrEqual(0);
          expect(rate).toBeLessThanOrEqual(4);
        }
    }
  });

  it('end a cosine at final_factor, and keep it there', () => {
    const cosine = schedules.get('cosine');
    const options = cosine.options.parse({ final_factor: 0.25 });
    for (const step of [10, 11, 1000]) {
      expect(cosine.factor(options, { step, totalSteps: 10, stepsPerEpoch: 5, warmupSteps: 0 }, undefined)).toBeCloseTo(0.25, 15);
    }
    expect(cosine.factor(options, { step: 0, totalSteps: 0, stepsPerEpoch: 5, warmupSteps: 0 }, undefined)).toBe(1);
  });
});
