import { type LoadedDataset, fieldsOf } from '../catalog/dataset.js';
import { splitValues } from '../catalog/split-values.js';
import { type ContentKeys, contentKeys } from '../data/content-keys.js';
import { type Cut, type SplitPlan, Splitter } from '../data/split.js';
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
const splitValuesOf = (plan: SplitPlan, { info, train }: LoadedDataset): readonly number[] | undefined =>
  plan.validation > 0 || plan.fold !== undefined ? splitValues(plan, info, train) : undefined;

/** The training records of a data set in two parts, and what stands for the content of all. */
export interface TrainingParts {
  readonly keys: { readonly train: ContentKeys | undefined; readonly test: ContentKeys | undefined };
  /** Trained on, and held out for validation. */
  readonly split: Cut;
}

/** @throws SplitError where the records cannot be parted as the config says */
export function partsOf(experiment: Pick<Experiment, 'data' | 'seed'>, dataset: LoadedDataset): TrainingParts {
  const fields = fieldsOf(dataset.info);
  const keys = dataset.keys ?? { train: contentKeys(dataset.train, fields), test: contentKeys(dataset.test, fields) };
  return { keys, split: validationOf(splitPlan(experiment), dataset, keys.train) };
}

/** What is held out of the training part: as the data set says, or as the config does. */
function validationOf(plan: SplitPlan, dataset: LoadedDataset, keys: ContentKeys | undefined): Cut {
  const { length } = dataset.train;
  if (dataset.validation !== undefined) return dataset.validation;
  const splitter = new Splitter(plan);
  return splitter.validation({ length, keys, by: splitValuesOf(plan, dataset) });
}
