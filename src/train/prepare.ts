import type { DatasetContext } from '../catalog/dataset.js';
import { datasets } from '../catalog/datasets/index.js';
import { metrics } from '../catalog/metrics/index.js';
import { sampledLength } from '../data/sampling.js';
import { type Cut, plannedParts } from '../data/split.js';
import { fieldOf } from '../graph/measures.js';
import { type Model, fitModel, trainingProgram } from '../graph/programs.js';
import { namedResults } from '../spec/checks.js';
import type { Experiment, MetricSpec } from '../spec/experiment.js';
import type { LoadedExperiment } from '../spec/load.js';
import { resultNameFindings } from '../spec/result-names.js';
import { type Balance, balanceOf, withClassWeights } from './balance.js';
import { checkAugmentations, transformedInputs } from './check-data-changes.js';
import { locatedError } from './data-errors.js';
import { scheduleFindings } from './learning-rate.js';
import { loadDataset } from './sources.js';
import { partsOf, splitPlan } from './splitting.js';
import { horizonOf } from './updates.js';

/** Fits the model to its data set, of which it reads no more than it must: what `nn summary` and every check before a run need. */
export async function prepareModel(loaded: LoadedExperiment, context: DatasetContext): Promise<Model> {
  const { experiment } = loaded;
  const { dataset } = experiment.data;
  try {
    const definition = datasets.get(dataset.type);
    const described = await definition.describe?.(dataset, context);
    const read = described === undefined ? await loadDataset(experiment, context) : undefined;
    const raw = described ?? read!.info;
    const info = { ...raw, inputs: transformedInputs(loaded, raw) };
    const balance = await knownBalance(experiment, context);
    const weights = balance?.weights ?? context.fitted?.classWeights;
    const model = fitModel(weights === undefined ? experiment : withClassWeights(experiment, info, weights), info);
    checkNames(loaded, model);
    checkAugmentations(loaded, raw);
    const train = balance?.sampling && sampledLength(balance.sampling);
    const parts = sizesOf(experiment, raw.trainLength, read?.validation);
    checkSizes(loaded, raw.trainLength, parts, train);
    checkSmallestBatch(model, train ?? parts.train);
    return model;
  } catch (error) {
    throw locatedError(loaded, error);
  }
}

/** How classes are balanced; nothing where a checkpoint says it. Classes are counted before the model is built, which their weights are part of. */
async function knownBalance(experiment: Experiment, context: DatasetContext): Promise<Balance | undefined> {
  const { balance } = experiment.data;
  if (balance === undefined || (balance.type === 'weights' && context.fitted !== undefined)) return undefined;
  const dataset = await loadDataset(experiment, context);
  return balanceOf(experiment, dataset, partsOf(experiment, dataset).split);
}

/** What learns from how the records of a batch differ cannot do so from one: that is then told before the run, with its place. */
function checkSmallestBatch(model: Model, records: number): void {
  const { batch_size } = model.experiment.data;
  if (batch_size === 1 || records % batch_size === 1) trainingProgram(model, 1);
}

/** Now that the classes are known: whether every result that the config names is one. */
function checkNames(loaded: LoadedExperiment, { experiment, info }: Model): void {
  const partsOf = (metric: MetricSpec): readonly string[] =>
    metrics.get(metric.type).parts?.(metric, fieldOf(info, metric)) ?? [];
  const findings = resultNameFindings(experiment, namedResults(experiment), partsOf);
  if (findings.length > 0) throw loaded.errors(findings);
}

interface PartSizes {
  readonly train: number;
  readonly validation: number;
}

/** How many records there will be in each part, as the data set has cut them, or as far as it can be known before. */
const sizesOf = (experiment: Experiment, records: number, cut: Cut | undefined): PartSizes =>
  cut === undefined ? plannedParts(splitPlan(experiment), records) : { train: cut.rest.length, validation: cut.held.length };

/** @param drawn the records of an epoch, where they are drawn */
function checkSizes(
  loaded: LoadedExperiment,
  records: number,
  { train: kept, validation: held }: PartSizes,
  drawn?: number,
): void {
  const { batch_size, validation } = loaded.experiment.data;
  const plan = splitPlan(loaded.experiment);
  const train = drawn ?? kept;
  if (plan.fold !== undefined && (held === 0 || train === 0)) {
    throw loaded.error(['data', 'folds'], `${records} records cannot be cut into ${plan.fold.of} folds`, 'take fewer folds');
  }
  if (plan.fold === undefined && validation > 0 && held === 0) {
    throw loaded.error(
      ['data', 'validation'],
      `${validation} of ${records} records is less than one`,
      'take a larger part or a number of records; 0 is no validation',
    );
  }
  if (plan.fold === undefined && held >= records) {
    throw loaded.error(['data', 'validation'], `${held} records cannot be held out of ${records}`, `take fewer than ${records}`);
  }
  if (batch_size > train) {
    throw loaded.error(
      ['data', 'batch_size'],
      `a batch of ${batch_size} is larger than the ${train} training records`,
      `take at most ${train}`,
    );
  }
  const horizon = horizonOf(loaded.experiment, Math.ceil(train / batch_size));
  const findings = scheduleFindings(loaded.experiment, horizon);
  if (findings.length > 0) throw loaded.errors(findings);
}
