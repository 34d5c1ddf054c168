import { type DatasetContext, type Examples, type FittedData, type LoadedDataset, fieldsOf } from '../catalog/dataset.js';
import { datasets } from '../catalog/datasets/index.js';
import { transforms } from '../catalog/transforms/index.js';
import { type Batches, allRecords, splitValidation } from '../data/batches.js';
import type { Model } from '../graph/programs.js';
import { size } from '../shape.js';
import type { Experiment } from '../spec/experiment.js';
import type { LoadedExperiment } from '../spec/load.js';
import { openParts } from './batch-loader.js';
import { type AugmentationSpec, type BatchPlan, isTransformed, openPlan, transformedShape } from './batch-plan.js';
import { locatedError } from './data-errors.js';
import { transformedOnce } from './transformed-records.js';

/** What data sets have been loaded for their shapes, until they are asked for. */
const loadedDatasets = new WeakMap<DatasetContext, Promise<LoadedDataset>>();

export function loadDataset({ data }: Experiment, context: DatasetContext): Promise<LoadedDataset> {
  const loading = loadedDatasets.get(context) ?? datasets.get(data.dataset.type).load(data.dataset, context);
  loadedDatasets.set(context, loading);
  return loading;
}

/** The records held out for validation, as a number. */
export function validationCount(validation: number, trainLength: number): number {
  return validation < 1 ? Math.round(validation * trainLength) : validation;
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
}

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

/** Reads the data set, fits what is to be fitted, and cuts it into parts. */
export async function planData(loaded: LoadedExperiment, model: Model, context: DatasetContext): Promise<PlannedData> {
  try {
    return await plan(model, context);
  } catch (error) {
    throw locatedError(loaded, error);
  }
}

/** As `planData`, and makes batches ready to be had. */
export async function loadSources(loaded: LoadedExperiment, model: Model, context: DatasetContext): Promise<OpenedData> {
  const { plans, fitted, provenance } = await planData(loaded, model, context);
  const { workers, prefetch } = model.experiment.data;
  const sizes = new Map(Object.entries(fieldsOf(model.info)).map(([name, { shape }]) => [name, size(shape)]));
  const { train, validation } = await transformedOnce(plans);
  const { test } = plans;
  const named: Record<string, BatchPlan> = { train, ...(validation === undefined ? {} : { validation }), test };
  const parts = openParts(named, sizes, { workers, prefetch });
  return { sources: { train: parts.train!, validation: parts.validation, test: parts.test! }, fitted, provenance };
}

async function plan({ experiment, info }: Model, context: DatasetContext): Promise<PlannedData> {
  const { batch_size, shuffle, validation, transforms: chosen } = experiment.data;
  const dataset = await loadDataset(experiment, context);
  loadedDatasets.delete(context);
  const { length } = dataset.train;
  const held = validationCount(validation, length);
  const split =
    held > 0 && dataset.holdOut !== undefined ? dataset.holdOut(held) : splitValidation(length, held, experiment.seed);
  const common = { fields: fieldsOf(dataset.info), inputs: Object.keys(info.inputs), seed: experiment.seed, transforms: chosen };
  const planOf = (records: Examples, indices: Uint32Array): Omit<BatchPlan, 'fitted'> => ({
    ...common,
    records,
    indices,
    batchSize: Math.min(batch_size, indices.length),
    augment: [],
  });
  const train = planOf(dataset.train, split.train);
  const fitted = context.fitted?.transforms ?? (await fitTransforms(train));
  return {
    plans: {
      train: {
        ...train,
        fitted,
        augment: experiment.data.augment as unknown as readonly AugmentationSpec[],
        shuffleSeed: shuffle ? experiment.seed : undefined,
      },
      validation: split.validation.length > 0 ? { ...planOf(dataset.train, split.validation), fitted } : undefined,
      test: { ...planOf(dataset.test, allRecords(dataset.test.length)), fitted },
    },
    dataset,
    fitted: { info, dataset: dataset.fitted ?? null, transforms: fitted },
    provenance: dataset.provenance,
  };
}

/** Fits each transform to the training records as those before it have made them. */
async function fitTransforms(plan: Omit<BatchPlan, 'fitted'>): Promise<unknown[]> {
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
      own[name] = await definition.fit(options, transformedShape(before.transforms, field.shape), () => valuesOf(before, name));
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
