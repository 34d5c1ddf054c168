import { permutation, streamKey } from '../random.js';

/** Records that are drawn anew for each epoch, so that every class has as many. */
export interface ClassSampling {
  /** `oversample`: as many as the largest class has, of the others some several times; `undersample`: as many as the smallest. */
  readonly type: 'oversample' | 'undersample';
  /** The records of each class. */
  readonly classes: readonly Uint32Array[];
}

const perClass = ({ type, classes }: ClassSampling): number =>
  classes.reduce((count, { length }) => (type === 'oversample' ? Math.max : Math.min)(count, length), classes[0]!.length);

/** The records of an epoch, of which there are as many in each. */
export const sampledLength = (sampling: ClassSampling): number => perClass(sampling) * sampling.classes.length;

/**
 * The records of an epoch, class by class: each record of a class as often as the others, or once more. Which ones those are is a function
 * of the seed and the epoch.
 */
export function sampledRecords(sampling: ClassSampling, seed: number, epoch: number): Uint32Array {
  const count = perClass(sampling);
  const chosen = new Uint32Array(sampledLength(sampling));
  sampling.classes.forEach((records, i) => {
    const order = permutation(records.length, streamKey(seed, 'balance', epoch, i));
    for (let place = 0; place < count; place++) {
      const last = Math.floor(count / records.length) * records.length;
      chosen[i * count + place] = records[place < last ? place % records.length : order[place - last]!]!;
    }
  });
  return chosen;
}
