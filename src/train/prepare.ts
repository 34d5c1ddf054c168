import { type DatasetContext, type Examples, type LoadedDataset, fieldsOf } from '../catalog/dataset.js';
import { datasets } from '../catalog/datasets/index.js';
import { metrics } from '../catalog/metrics/index.js';
import { transforms } from '../catalog/transforms/index.js';
import { BatchSource, splitValidation } from '../data/batches.js';
import type { BatchTransform } from '../data/byte-table.js';
import { DatasetError } from '../data/dataset-error.js';
import { GraphError } from '../graph/graph-error.js';
import { fieldOf } from '../graph/measures.js';
import {
  type Model,
  accumulationProgram,
  averagingProgram,
  evaluationProgram,
  fitModel,
  statisticsProgram,
  trainingProgram,
} from '../graph/programs.js';
import type { Program } from '../program/program.js';
import { streamKey } from '../random.js';
import { namedResults } from '../spec/checks.js';
import type { ConfigError } from '../spec/config-error.js';
import type { MetricSpec } from '../spec/experiment.js';
import type { LoadedExperiment } from '../spec/load.js';
import { nearestName } from '../spec/nearest-name.js';
import { resultNameFindings } from '../spec/result-names.js';
import { scheduleFindings } from './learning-rate.js';
import { horizonOf } from './updates.js';

/** Fits the model to its data set without reading the records: what `nn summary` and every check before a run need. */
export async function prepareModel(loaded: LoadedExperiment, context: DatasetContext): Promise<Model> {
  const { experiment } = loaded;
  const { dataset } = experiment.data;
  try {
    const info = await datasets.get(dataset.type).describe(dataset, context);
    const model = fitModel(experiment, info);
    checkNames(loaded, model);
    checkSizes(loaded, info.trainLength);
    checkSmallestBatch(model);
    return model;
  } catch (error) {
    if (error instanceof GraphError) throw loaded.errors(error.problems);
    if (error instanceof DatasetError) throw locate(loaded, error);
    throw error;
  }
}

function locate(loaded: LoadedExperiment, { path, message, hint, unknown }: DatasetError): ConfigError {
  const meant = unknown === undefined ? undefined : nearestName(unknown.word, unknown.names);
  return loaded.error(['data', 'dataset', ...path], message, meant === undefined ? hint : `did you mean "${meant}"?`);
}

/** The records held out for validation, as a number. */
export function validationCount(validation: number, trainLength: number): number {
  return validation < 1 ? Math.round(validation * trainLength) : validation;
}

/** What learns from how the records of a batch differ cannot do so from one: that is then told before the run, with its place. */
function checkSmallestBatch(model: Model): void {
  const { batch_size, validation } = model.experiment.data;
  const records = model.info.trainLength - validationCount(validation, model.info.trainLength);
  if (batch_size === 1 || records % batch_size === 1) trainingProgram(model, 1);
}

/** Now that the classes are known: whether every result that the config names is one. */
function checkNames(loaded: LoadedExperiment, { experiment, info }: Model): void {
  const partsOf = (metric: MetricSpec): readonly string[] =>
    metrics.get(metric.type).parts?.(metric, fieldOf(info, metric)) ?? [];
  const findings = resultNameFindings(experiment, namedResults(experiment), partsOf);
  if (findings.length > 0) throw loaded.errors(findings);
}

function checkSizes(loaded: LoadedExperiment, records: number): void {
  const { batch_size, validation } = loaded.experiment.data;
  const held = validationCount(validation, records);
  if (validation > 0 && held === 0) {
    throw loaded.error(
      ['data', 'validation'],
      `${validation} of ${records} records is less than one`,
      'take a larger part or a number of records; 0 is no validation',
    );
  }
  if (held >= records) {
    throw loaded.error(['data', 'validation'], `${held} records cannot be held out of ${records}`, `take fewer than ${records}`);
  }
  if (batch_size > records - held) {
    throw loaded.error(
      ['data', 'batch_size'],
      `a batch of ${batch_size} is larger than the ${records - held} training records`,
      `take at most ${records - held}`,
    );
  }
  const horizon = horizonOf(loaded.experiment, Math.ceil((records - held) / batch_size));
  const findings = scheduleFindings(loaded.experiment, horizon);
  if (findings.length > 0) throw loaded.errors(findings);
}

/** The batches of each part of a data set. */
export interface Sources {
  readonly train: BatchSource;
  readonly validation: BatchSource | undefined;
  readonly test: BatchSource;
}

/** Reads the data set and cuts it into parts. */
export async function loadSources(model: Model, context: DatasetContext): Promise<{ dataset: LoadedDataset; sources: Sources }> {
  const { experiment, info } = model;
  const { dataset: chosen, batch_size, shuffle, validation } = experiment.data;
  const dataset = await datasets.get(chosen.type).load(chosen, context);
  const changes = Object.entries(info.inputs).map(([name, { kind, shape }]) => [
    name,
    kind === 'class'
      ? []
      : experiment.data.transforms.map((options): BatchTransform => transforms.get(options.type).create(options, shape)),
  ]);
  const split = splitValidation(dataset.train.length, validationCount(validation, dataset.train.length), experiment.seed);
  const source = (records: Examples, indices: Uint32Array, shuffleSeed?: number): BatchSource =>
    new BatchSource({
      records,
      indices,
      fields: fieldsOf(info),
      transforms: Object.fromEntries(changes) as Record<string, BatchTransform[]>,
      batchSize: Math.min(batch_size, indices.length),
      shuffleSeed,
    });
  const all = Uint32Array.from({ length: dataset.test.length }, (_, i) => i);
  return {
    dataset,
    sources: {
      train: source(dataset.train, split.train, shuffle ? experiment.seed : undefined),
      validation: split.validation.length > 0 ? source(dataset.train, split.validation) : undefined,
      test: source(dataset.test, all),
    },
  };
}

/**
 * Programs for each number of records that a batch can have, since the last one of an epoch is smaller: `train`, `evaluate` and, where
 * the config asks for them, `accumulate` and `statistics`; and `average`.
 */
export function batchPrograms(model: Model, sources: Sources): Record<string, Program> {
  const programs: Record<string, Program> = {};
  const { accumulate_steps, swa } = model.experiment.train;
  for (const size of batchSizes(sources.train)) {
    programs[programName('train', size)] = trainingProgram(model, size);
    if (accumulate_steps > 1) programs[programName('accumulate', size)] = accumulationProgram(model, size);
    if (swa !== undefined && model.statistics.length > 0) {
      programs[programName('statistics', size)] = statisticsProgram(model, size);
    }
  }
  if (swa !== undefined) programs[averageProgram] = averagingProgram(model);
  for (const source of [sources.validation, sources.test]) {
    if (source === undefined) continue;
    for (const size of batchSizes(source)) programs[programName('evaluate', size)] ??= evaluationProgram(model, size);
  }
  return programs;
}

export const programName = (kind: 'train' | 'accumulate' | 'statistics' | 'evaluate', size: number): string => `${kind} ${size}`;

export const averageProgram = 'average';

function batchSizes({ length, batchSize }: BatchSource): number[] {
  const rest = length % batchSize;
  return [...(length >= batchSize ? [batchSize] : []), ...(rest > 0 ? [rest] : [])];
}

/** The two key words (whole numbers below 2^24) of a random source at a step. */
export function randomKeys(seed: number, purpose: string, step: number): [number, number] {
  return [streamKey(seed, `${purpose}/0`, step) >>> 8, streamKey(seed, `${purpose}/1`, step) >>> 8];
}
