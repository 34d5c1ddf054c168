import type { z } from 'zod';
import type { Definition } from './registry.js';

export interface ScheduleTime {
  /** Updates made since the end of the warm-up: 0 at the first. */
  readonly step: number;
  /** Updates from the end of the warm-up to the end of the run. */
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
}

export interface ScheduleDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /** What the optimizer's `learning_rate` is multiplied by. */
  factor(options: z.output<Options>, time: ScheduleTime): number;
}

export function defineSchedule<Options extends z.ZodObject>(definition: ScheduleDefinition<Options>): ScheduleDefinition {
  return definition as unknown as ScheduleDefinition;
}
