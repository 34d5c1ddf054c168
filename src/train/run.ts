import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Backend, Session } from '../backends/backend.js';
import type { DatasetContext, FittedData, LoadedDataset } from '../catalog/dataset.js';
import { UserError } from '../errors.js';
import { removeTemporaryFiles, writeFileAtomically } from '../files/atomic-write.js';
import { readCheckpointMetadata } from '../files/checkpoint.js';
import { collectEnvironment } from '../files/environment.js';
import { readJsonFile, writeJsonFile } from '../files/json-file.js';
import { type Run, createRun, openRun } from '../files/run-folder.js';
import type { Model } from '../graph/programs.js';
import { type LoadedExperiment, loadExperiment } from '../spec/load.js';
import { holdsOut } from '../spec/result-names.js';
import { initialize, loadMatchingCheckpoint, restoreState, startingWeights, stateShapes } from './checkpoint-state.js';
import { stopsEarly } from './policies.js';
import type { Parts, Sources } from './sources.js';
import { type Progress, newProgress, progressFrom } from './progress.js';

/** A config read back from a run folder, with the folder its relative paths start at. */
export interface RunExperiment {
  readonly run: Run;
  readonly loaded: LoadedExperiment;
  readonly folder: string;
  /** The config that the run was started with. */
  readonly configFile: string;
}

/** Opens a run folder and its config. */
export function openRunExperiment(directory: string, overrides: readonly string[] = []): RunExperiment {
  const run = openRun(directory);
  const loaded = loadRunConfig(run, overrides);
  const { config_folder, config_file } = readJsonFile(run.paths.environment);
  return {
    run,
    loaded,
    folder: typeof config_folder === 'string' ? config_folder : loaded.folder,
    configFile: typeof config_file === 'string' ? config_file : loaded.file,
  };
}

/** Runs of version 0.1 say nothing of how their records were cut into parts: they keep theirs. */
function loadRunConfig(run: Run, overrides: readonly string[]): LoadedExperiment {
  const loaded = loadExperiment(run.paths.config, { overrides });
  const isEarlier = loaded.origins.get('data.split.type') === 'default';
  return isEarlier ? loadExperiment(run.paths.config, { overrides: ['data.split=index', ...overrides] }) : loaded;
}

export interface NewRunOptions {
  readonly loaded: LoadedExperiment;
  readonly backend: Backend;
  readonly fitted: FittedData;
  readonly provenance: LoadedDataset['provenance'];
  readonly parts: Parts;
  readonly root?: string;
  readonly directory?: string;
}

/** Creates the folder of a new run, with its config and environment. */
export function startRun({ loaded, backend, fitted, provenance, parts, root, directory }: NewRunOptions): Run {
  const run = createRun({
    name: loaded.experiment.name,
    ...(root === undefined ? {} : { root }),
    ...(directory === undefined ? {} : { directory }),
  });
  writeConfig(run, loaded);
  writeJsonFile(run.paths.data, { ...fitted.info });
  writeEnvironment(run, { loaded, backend, provenance, parts, folder: loaded.folder, configFile: loaded.file });
  return run;
}

export function writeConfig(run: Run, loaded: LoadedExperiment): void {
  writeFileAtomically(run.paths.config, [Buffer.from(loaded.toPlainYaml())]);
}

export interface EnvironmentOptions {
  readonly loaded: LoadedExperiment;
  readonly backend: Backend;
  readonly provenance: LoadedDataset['provenance'];
  readonly parts: Parts;
  /** Where relative paths of the config start. */
  readonly folder: string;
  readonly configFile: string;
}

/** Notes what the run is made with. */
export function writeEnvironment(run: Run, { loaded, backend, provenance, parts, folder, configFile }: EnvironmentOptions): void {
  const extra = {
    seed: loaded.experiment.seed,
    backend: backend.description,
    data: provenance,
    split: parts,
    config_file: resolve(configFile),
    config_folder: folder,
  };
  writeJsonFile(run.paths.environment, collectEnvironment(extra, folder));
}

/** What has become other in the parts of the data since a run was started, in a line for each. */
export function changedParts(run: Run, parts: Parts): string[] {
  const before = readJsonFile(run.paths.environment)['split'] as Parts | undefined;
  if (before === undefined) return [];
  return (['train', 'validation', 'test'] as const).flatMap((part) => {
    const [then, now] = [before[part], parts[part]];
    if (then?.checksum === now?.checksum) return [];
    const counts =
      then?.records === now?.records
        ? `its ${now?.records} records are others`
        : `it had ${then?.records ?? 0} records, and has ${now?.records ?? 0}`;
    return [`note: the ${part} part is not what it was when the run was started: ${counts}`];
  });
}

/** Puts the first values into a session: drawn anew, or the weights of a checkpoint. */
export async function beginTraining(
  session: Session,
  model: Model,
  { weights, limitBatches }: { weights?: string; limitBatches?: number } = {},
): Promise<Progress> {
  await initialize(session, model, weights === undefined ? undefined : startingWeights(weights, model));
  return newProgress(limitBatches);
}

export interface Resumed {
  readonly progress: Progress;
  /** The numerics of the backend that the checkpoint was computed with. */
  readonly numerics: string;
}

/** Puts the last checkpoint of a run into a session. */
export async function resumeTraining(run: Run, session: Session, model: Model, sources: Sources): Promise<Resumed> {
  removeTemporaryFiles(run.folder);
  removeTemporaryFiles(run.paths.checkpoints);
  const path = run.paths.lastCheckpoint;
  if (!existsSync(path)) {
    throw new UserError(`${run.folder} has no checkpoint to resume from: ${path} does not exist`, {
      hint: 'start a new run from its config; --weights takes the parameters of another checkpoint',
    });
  }
  const checkpoint = loadMatchingCheckpoint(path, model, 'all');
  const { numerics } = checkpoint.metadata as { numerics: string };
  const progress = progressFrom(checkpoint.metadata);
  if (progress.stepInEpoch > sources.train.stepsPerEpoch) {
    throw new UserError(
      `${path} stands at batch ${progress.stepInEpoch} of an epoch that has only ${sources.train.stepsPerEpoch}`,
      {
        hint: 'resume with the batch_size and validation it was trained with',
        exit: 'usage',
      },
    );
  }
  await restoreState(session, checkpoint, stateShapes(model).keys());
  progress.stoppedEarly = stopsEarly(progress, model.experiment);
  return { progress, numerics };
}

/**
 * The checkpoint by which a run is judged: the best one where something was held out to tell, or the config says what decides;
 * else the last.
 */
export function checkpointToEvaluate(
  run: Run,
  { experiment }: Pick<Model, 'experiment'>,
): { path: string; which: 'best' | 'last' } {
  const byBest = experiment.train.best !== undefined || holdsOut(experiment.data);
  return byBest ? { path: run.paths.bestCheckpoint, which: 'best' } : { path: run.paths.lastCheckpoint, which: 'last' };
}

/** Says in words why a checkpoint is the one evaluated. */
export function describeChoice(which: 'best' | 'last', { best, epoch }: Progress): string {
  if (which === 'last' || best === null) return `the last checkpoint (epoch ${epoch})`;
  return `the best checkpoint (epoch ${best.epoch}, ${best.monitor} ${Number(best.value.toPrecision(4))})`;
}

/** Where data sets are looked for and downloads are kept, and what of them has been fitted already. */
export function datasetContext(folder: string, log: (line: string) => void, fitted?: FittedData): DatasetContext {
  // An empty variable counts as none, as the XDG specification has it.
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return { folder, cache: join(caches, 'nn'), log, fitted };
}

/** What a checkpoint says of the data that it was fitted to; nothing where there is no checkpoint yet. */
export function fittedDataOf(path: string): FittedData | undefined {
  return existsSync(path) ? (readCheckpointMetadata(path)['data'] as FittedData | undefined) : undefined;
}

/** @throws UserError if the checkpoint says nothing of its data */
export function requireFittedData(path: string): FittedData {
  const fitted = fittedDataOf(path);
  if (fitted !== undefined) return fitted;
  throw new UserError(`${path} does not say what data it was trained on`, {
    hint: 'it comes from an older version; train it again',
  });
}

/** The state of a checkpoint that training left. */
export function progressOf(path: string): Progress {
  return progressFrom(readCheckpointMetadata(path));
}
