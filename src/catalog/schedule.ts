import type { z } from 'zod';
import type { Definition } from './registry.js';

/** What a schedule extends over. */
export interface ScheduleSpan {
  /** Updates from the end of the warm-up to the end of the run. */
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  /** Updates of the warm-up, which comes before. */
  readonly warmupSteps: number;
}

export interface ScheduleTime extends ScheduleSpan {
  /** Updates made since the end of the warm-up: 0 at the first. */
  readonly step: number;
}

/** What about a schedule does not fit into a run. */
export interface ScheduleProblem {
  /** From the schedule's own keys on: `['milestones', 2]`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string;
}

/** How a schedule follows the metric that its option `monitor` names. */
export interface Following<Options, Memory> {
  /** What is remembered at first. It is kept in checkpoints, so it is plain JSON. */
  readonly start: Memory;
  /** What is remembered after an epoch that came to `value`. Epochs that end within the warm-up are not told. */
  next(memory: Memory, epoch: { readonly value: number; readonly larger: 'better' | 'worse' }, options: Options): Memory;
}

export interface ScheduleDefinition<Options extends z.ZodObject = z.ZodObject, Memory = unknown> extends Definition {
  readonly options: Options;
  /** What the optimizer's `learning_rate` is multiplied by: a function of the time and, where a metric is followed, of the memory. */
  factor(options: z.output<Options>, time: ScheduleTime, memory: Memory): number;
  /** What does not fit into a run of this length, such as a milestone beyond its end. */
  problems?(options: z.output<Options>, span: ScheduleSpan): ScheduleProblem[];
  readonly follows?: Following<z.output<Options>, Memory>;
}

export function defineSchedule<Options extends z.ZodObject, Memory = unknown>(
  definition: ScheduleDefinition<Options, Memory>,
): ScheduleDefinition {
  return definition as unknown as ScheduleDefinition;
}
