import { UserError } from '../errors.js';

/** A value that a run has had so far, and the one it is to have; `undefined` where there is none. */
export interface Change {
  readonly path: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
}

/** The values that differ, each as deep down as both experiments have a place for it. */
export function changesBetween(before: unknown, after: unknown, path: readonly string[] = []): Change[] {
  if (isTree(before) && isTree(after) && Array.isArray(before) === Array.isArray(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => changesBetween(before[key], after[key], [...path, key]));
  }
  return Object.is(before, after) ? [] : [{ path, before, after }];
}

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** What every step of a run has in common: with another value the config would claim what most of the run did not have. */
const kept: readonly string[] = ['seed', 'data', 'model', 'loss', 'regularizer', 'train.accumulate_steps', 'train.swa'];

/** What a change of would need other tensors than the checkpoint has, while what is under it may change. */
const keptAsAWhole: readonly string[] = ['train.ema'];

/** Refuses what cannot change in the course of a run. */
export function checkChanges(changes: readonly Change[]): void {
  for (const { path, before, after } of changes) {
    const whole = path.map((_, i) => path.slice(0, i + 1).join('.'));
    const refused = kept.find((one) => whole.includes(one)) ?? keptAsAWhole.find((one) => one === whole.at(-1));
    if (refused === undefined) continue;
    throw new UserError(
      `a resumed run keeps its ${refused}: ${whole.at(-1)} was ${inWords(before)}, and would be ${inWords(after)}`,
      { hint: 'start a new run, with --weights to keep what was learnt', exit: 'usage' },
    );
  }
}

export const describeChange = ({ path, before, after }: Change): string =>
  `note: ${path.join('.')} is ${inWords(after)} from here on, and was ${inWords(before)}`;

const inWords = (value: unknown): string => (value === undefined ? 'not set' : JSON.stringify(value));
