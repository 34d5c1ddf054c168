import { z } from 'zod';
import { type ScheduleSpan, defineSchedule } from '../schedule.js';
import { oneOf } from './duration.js';

interface Milestones {
  milestones?: number[] | undefined;
  milestone_steps?: number[] | undefined;
}

/** The option that holds the milestones, and after how many updates of the run each of them comes. */
function milestonesOf(options: Milestones, stepsPerEpoch: number): { option: keyof Milestones; unit: string; steps: number[] } {
  const { milestones = [], milestone_steps } = options;
  if (milestone_steps !== undefined) return { option: 'milestone_steps', unit: 'step', steps: milestone_steps };
  return { option: 'milestones', unit: 'epoch', steps: milestones.map((epoch) => Math.round(epoch * stepsPerEpoch)) };
}

const runLength = ({ totalSteps, warmupSteps }: ScheduleSpan): number => totalSteps + warmupSteps;

/** `gamma ^ (milestones passed)`. Milestones are places in the run, whatever the warm-up. */
export const multiStep = defineSchedule({
  type: 'multi_step',
  summary: 'Multiplied by gamma again after each of some epochs of the run.',
  options: z
    .object({
      milestones: z.array(z.number().positive()).min(1).optional().describe('After how many epochs.'),
      milestone_steps: z.array(z.int().positive()).min(1).optional().describe('The same in steps, in place of milestones.'),
      gamma: z.number().positive().default(0.1).describe('What the learning rate is multiplied by then.'),
    })
    .refine(oneOf('milestones', 'milestone_steps'), 'needs either milestones or milestone_steps'),
  factor(options, { step, warmupSteps, stepsPerEpoch }) {
    const { steps } = milestonesOf(options, stepsPerEpoch);
    return options.gamma ** steps.filter((milestone) => milestone <= step + warmupSteps).length;
  },
  problems(options, span) {
    const { option, unit, steps } = milestonesOf(options, span.stepsPerEpoch);
    const length = runLength(span);
    const end = unit === 'epoch' ? length / span.stepsPerEpoch : length;
    return steps.flatMap((milestone, i) =>
      milestone < length
        ? []
        : [
            {
              path: [option, i],
              message: `nothing is trained after ${unit} ${options[option]![i]}: the run ends after ${unit} ${end}`,
              hint: 'take an earlier milestone, or train for more epochs',
            },
          ],
    );
  },
});
