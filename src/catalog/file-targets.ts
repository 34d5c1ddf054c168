import { listOf } from '../data/categories.js';
import { DatasetError } from '../data/dataset-error.js';
import type { Column, Field } from '../data/field.js';
import type { FileWithTarget, Listing } from '../data/labelled-files.js';
import type { Skipped } from '../data/skipped.js';
import type { LoadedDataset } from './dataset.js';

/** What files are compared with: their class, or a number. */
export const fileTarget = (classes: Listing['classes']): Field =>
  classes === undefined ? { kind: 'number', shape: [] } : { kind: 'class', shape: [], classes: classes.length, labels: classes };

type Kept = Readonly<Record<'train' | 'test', readonly FileWithTarget[]>>;

/**
 * What was left out may have been all that there was.
 * @param one what a file is called: `picture`
 */
export function requireSome(kept: Kept, one: string, skipped: Skipped): void {
  for (const [part, { length }] of Object.entries(kept)) {
    if (length > 0) continue;
    throw new DatasetError(['on_error'], `every ${one} of the ${part} part was skipped`, { hint: skipped.first });
  }
}

/** Or all that there was of a class. */
export function lostClasses({ train }: Kept, classes: Listing['classes'], one: string): string[] {
  const trained = new Set(train.map(({ label }) => label));
  const lost = (classes ?? []).filter((name) => !trained.has(name));
  return lost.length > 0 ? [`the training part has no ${one} of ${listOf(lost)}`] : [];
}

/** What a record is called: a function of its own, since one among what was read would keep all of that in memory. */
export const fileNames =
  (kept: Kept): NonNullable<LoadedDataset['nameOf']> =>
  (part, record) =>
    kept[part][record]!.name;

/** Classes by their places, or numbers. */
export function targetsOf(files: readonly FileWithTarget[], classes: Listing['classes']): Column {
  const Values = classes === undefined ? Float32Array : classes.length <= 256 ? Uint8Array : Uint16Array;
  const values = new Values(files.length);
  const places = new Map(classes?.map((name, place) => [name, place]));
  files.forEach(({ label }, i) => (values[i] = typeof label === 'number' ? label : places.get(label!)!));
  return { values };
}
