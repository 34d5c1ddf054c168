import { type DatasetContext, type Examples, type FittedData, type LoadedDataset, fieldsOf } from '../catalog/dataset.js';
import { datasets } from '../catalog/datasets/index.js';
import { transforms } from '../catalog/transforms/index.js';
import { type Batches, allRecords } from '../data/batches.js';
import { type PartRecord, Splitter, partRecord } from '../data/split.js';
import type { Model } from '../graph/programs.js';
import type { Experiment } from '../spec/experiment.js';
import type { LoadedExperiment } from '../spec/load.js';
import { openParts } from './batch-loader.js';
import { readAugmentationFiles } from './augmentation-files.js';
import { type AugmentationSpec, type BatchPlan, epochLength, isTransformed, openPlan, transformedShape } from './batch-plan.js';
import { locatedError, soon } from './data-errors.js';
import { balanceOf } from './balance.js';
import { partsOf, splitPlan } from './splitting.js';
import { transformedOnce } from './transformed-records.js';

/** What data sets have been loaded for their shapes, until they are asked for. */
const loadedDatasets = new WeakMap<DatasetContext, Promise<LoadedDataset>>();

export function loadDataset(experiment: Experiment, context: DatasetContext): Promise<LoadedDataset> {
  const { data } = experiment;
  const load = (): Promise<LoadedDataset> =>
    datasets.get(data.dataset.type).load(data.dataset, { ...context, splitter: new Splitter(splitPlan(experiment)) });
  const loading = loadedDatasets.get(context) ?? load();
  loadedDatasets.set(context, loading);
  return loading;
}

/** The batches of each part of a data set. */
export interface Sources {
  readonly train: Batches;
  readonly validation: Batches | undefined;
  readonly test: Batches;
}

/** A data set that has been read. */
export interface OpenedData {
  readonly sources: Sources;
  /** What eval and predict need to read other records in the same way. */
  readonly fitted: FittedData;
  readonly provenance: LoadedDataset['provenance'];
  /** What is in each part. */
  readonly parts: Parts;
}

export type Parts = Readonly<Record<'train' | 'test', PartRecord>> & { readonly validation?: PartRecord };

/** How the batches of each part are made. */
export interface Plans {
  readonly train: BatchPlan;
  readonly validation: BatchPlan | undefined;
  readonly test: BatchPlan;
}

/** A data set that has been read, and cut into parts. */
export interface PlannedData extends Omit<OpenedData, 'sources'> {
  readonly plans: Plans;
  readonly dataset: LoadedDataset;
}

/**
 * Reads the data set, fits what is to be fitted, and cuts it into parts.
 * @param use `test`: only the test part will be asked for
 */
export async function planData(
  loaded: LoadedExperiment,
  model: Model,
  context: DatasetContext,
  use: 'all' | 'test' = 'all',
): Promise<PlannedData> {
  try {
    return await plan(loaded, model, context, use);
  } catch (error) {
    throw locatedError(loaded, error);
  }
}

/**
 * As `planData`, and makes batches ready to be had.
 * @param use `test`: only the test part will be asked for, and nothing is done to the others that pays over several epochs
 */
export async function loadSources(
  loaded: LoadedExperiment,
  model: Model,
  context: DatasetContext,
  use: 'all' | 'test' = 'all',
): Promise<OpenedData> {
  const { plans, ...data } = await planData(loaded, model, context, use);
  const { workers, prefetch } = model.experiment.data;
  const { train, validation } = use === 'all' ? await transformedOnce(plans) : plans;
  const { test } = plans;
  const named: Record<string, BatchPlan> = { train, ...(validation === undefined ? {} : { validation }), test };
  const opened = openParts(named, { workers, prefetch });
  const sources = { train: opened.train!, validation: opened.validation, test: opened.test! };
  return { ...data, sources };
}

async function plan(
  loaded: LoadedExperiment,
  { experiment, info }: Model,
  context: DatasetContext,
  use: 'all' | 'test',
): Promise<PlannedData> {
  const { batch_size, shuffle, transforms: chosen } = experiment.data;
  const dataset = await loadDataset(experiment, context);
  loadedDatasets.delete(context);
  const fields = fieldsOf(dataset.info);
  const { keys, split } = partsOf(experiment, dataset);
  const common = { fields, inputs: Object.keys(info.inputs), seed: experiment.seed, transforms: chosen };
  const planOf = (records: Examples, indices: Uint32Array): Omit<BatchPlan, 'fitted'> => ({
    ...common,
    records,
    indices,
    batchSize: Math.min(batch_size, indices.length),
    augment: [],
  });
  const train = planOf(dataset.train, split.rest);
  const balance = balanceOf(experiment, dataset, split);
  const test = planOf(dataset.test, allRecords(dataset.test.length));
  const fitted = context.fitted?.transforms ?? (await fitTransforms(loaded, train));
  const augmented = use === 'all' ? await readAugmentationFiles(loaded, train, context.folder) : undefined;
  const weights = context.fitted === undefined ? balance?.weights : context.fitted.classWeights;
  return {
    plans: {
      train: {
        ...train,
        fitted,
        augment: experiment.data.augment as unknown as readonly AugmentationSpec[],
        ...(augmented === undefined ? {} : { augmentFiles: augmented.augmentFiles }),
        shuffleSeed: shuffle ? experiment.seed : undefined,
        sampling: balance?.sampling,
        batchSize: Math.min(batch_size, epochLength({ ...train, sampling: balance?.sampling })),
      },
      validation: split.held.length > 0 ? { ...planOf(dataset.train, split.held), fitted } : undefined,
      test: { ...test, fitted },
    },
    dataset,
    fitted: {
      info,
      stored: dataset.info.inputs,
      dataset: dataset.fitted ?? null,
      transforms: fitted,
      ...(weights === undefined ? {} : { classWeights: weights }),
    },
    provenance: [...dataset.provenance, ...(augmented?.provenance ?? [])],
    parts: {
      train: partRecord(keys.train, split.rest),
      ...(split.held.length > 0 ? { validation: partRecord(keys.train, split.held) } : {}),
      test: partRecord(keys.test, test.indices),
    },
  };
}

/** Fits each transform to the training records as those before it have made them. */
async function fitTransforms(loaded: LoadedExperiment, plan: Omit<BatchPlan, 'fitted'>): Promise<unknown[]> {
  const { inputs, fields, transforms: chosen } = plan;
  const fitted: unknown[] = [];
  for (const [i, options] of chosen.entries()) {
    const definition = transforms.get(options.type);
    if (definition.fit === undefined) {
      fitted.push(null);
      continue;
    }
    const before = { ...plan, transforms: chosen.slice(0, i), fitted };
    const own: Record<string, unknown> = {};
    for (const name of inputs) {
      const field = fields[name]!;
      if (!isTransformed(inputs, name, field)) continue;
      const shape = transformedShape(before.transforms, field.shape);
      const path = ['data', 'transforms', i];
      own[name] = await soon(
        loaded,
        path,
        definition.fit(options, shape, () => valuesOf(before, name)),
      );
    }
    fitted.push(own);
  }
  return fitted;
}

async function* valuesOf(plan: BatchPlan, name: string): AsyncIterable<Float32Array> {
  const source = openPlan(plan);
  try {
    for (let step = 0; step < source.stepsPerEpoch; step++) yield (await source.batch(0, step)).values.get(name)!;
  } finally {
    source.close();
  }
}

/** Ends what makes batches. */
export function closeSources({ train, validation, test }: Sources): void {
  for (const part of [train, validation, test]) part?.close();
}
