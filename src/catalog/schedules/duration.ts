import { z } from 'zod';
import type { ScheduleProblem, ScheduleSpan } from '../schedule.js';

/** Lengths of time, which a config gives in epochs (`decay_epochs`) or in steps (`decay_steps`). */
export interface Duration {
  /** The option that gives it. */
  readonly option: string;
  readonly steps: number;
  /** As the config has it. */
  readonly text: string;
}

type Keys<Name extends string> = `${Name}_epochs` | `${Name}_steps`;

/** The two options of a duration. */
export function durationOptions<Name extends string>(name: Name, what: string): Record<Keys<Name>, z.ZodOptional<z.ZodNumber>> {
  return {
    [`${name}_epochs`]: z.number().positive().optional().describe(`${what}, in epochs.`),
    [`${name}_steps`]: z.int().positive().optional().describe(`The same in steps, in place of ${name}_epochs.`),
  } as Record<Keys<Name>, z.ZodOptional<z.ZodNumber>>;
}

/** For `refine`: whether options hold exactly one of two keys. */
export const oneOf =
  (a: string, b: string) =>
  (options: Readonly<Record<string, unknown>>): boolean =>
    (options[a] === undefined) !== (options[b] === undefined);

/** For `refine`: whether options hold at most one of two keys. */
export const notBoth =
  (a: string, b: string) =>
  (options: Readonly<Record<string, unknown>>): boolean =>
    options[a] === undefined || options[b] === undefined;

/** A duration in steps, or `undefined` where neither option is given. */
export function durationOf(
  options: Readonly<Record<string, unknown>>,
  name: string,
  stepsPerEpoch: number,
): Duration | undefined {
  const [epochs, steps] = [options[`${name}_epochs`], options[`${name}_steps`]] as (number | undefined)[];
  if (steps !== undefined) return { option: `${name}_steps`, steps, text: `${steps} steps` };
  if (epochs === undefined) return undefined;
  const rounded = Math.round(epochs * stepsPerEpoch);
  return { option: `${name}_epochs`, steps: rounded, text: `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'} (${rounded} steps)` };
}

/** What there is to say of a duration that comes to no step, or to more than a run has after its warm-up. */
export function problemsOfDuration(duration: Duration | undefined, { totalSteps, ...span }: ScheduleSpan): ScheduleProblem[] {
  if (duration === undefined) return [];
  const { option, steps, text } = duration;
  if (steps < 1) {
    return [{ path: [option], message: `${text} is less than a step`, hint: `an epoch has ${span.stepsPerEpoch} steps` }];
  }
  if (steps <= totalSteps) return [];
  const rest = span.warmupSteps > 0 ? `are left of the run after a warm-up of ${span.warmupSteps}` : 'the run has';
  const message = `${text} is longer than the ${totalSteps} steps that ${rest}`;
  return [{ path: [option], message, hint: 'shorten it, or train for more epochs' }];
}
