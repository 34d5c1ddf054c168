import type { LoadedDataset } from '../catalog/dataset.js';
import { splitValues } from '../catalog/split-values.js';
import type { SplitPlan } from '../data/split.js';
import type { Experiment } from '../spec/experiment.js';

/** How an experiment cuts its records into parts. */
export function splitPlan({ data, seed }: Pick<Experiment, 'data' | 'seed'>): SplitPlan {
  const { split, validation, fold, folds } = data;
  return {
    type: split.type,
    column: split.column,
    seed: split.seed ?? seed,
    validation,
    ...(fold === undefined ? {} : { fold: { number: fold, of: folds } }),
  };
}

/** What the training records are split by, where they are. */
export const splitValuesOf = (plan: SplitPlan, { info, train }: LoadedDataset): readonly number[] | undefined =>
  plan.validation > 0 || plan.fold !== undefined ? splitValues(plan, info, train) : undefined;
