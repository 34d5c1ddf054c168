import type { Session } from '../backends/backend.js';
import type { FittedContext, NewRecords } from '../catalog/dataset.js';
import { datasets } from '../catalog/datasets/index.js';
import { storedInputs } from '../catalog/stored-inputs.js';
import { type Batches, allRecords } from '../data/batches.js';
import { areArrays, readNewArrays } from '../data/new-arrays.js';
import { DatasetError } from '../data/dataset-error.js';
import { UserError } from '../errors.js';
import { names } from '../graph/names.js';
import { type Prediction, predictionsOf } from '../graph/predictions.js';
import { type Model, answerProgram } from '../graph/programs.js';
import type { Program } from '../program/program.js';
import { size } from '../shape.js';
import type { Experiment } from '../spec/experiment.js';
import { openParts } from './batch-loader.js';
import type { BatchPlan } from './batch-plan.js';
import { batchSizes, programName } from './batch-programs.js';
import { breathe } from './evaluate.js';
import type { PlannedData } from './sources.js';

/** Records that are to be told of, with what they are called. */
export interface RecordsToTell {
  readonly batches: Batches;
  readonly nameOf: (place: number) => string;
  /** What such names are: `file`, `row`. */
  readonly named: string;
}

/**
 * Reads records of files as those were read that the model was trained on.
 * @throws UserError where a file cannot be read, or none are read for this data set
 */
export async function readNewRecords(
  { data }: Experiment,
  paths: readonly string[],
  context: FittedContext,
): Promise<NewRecords> {
  const { fitted } = context;
  const { newRecords, type } = datasets.get(data.dataset.type);
  try {
    if (areArrays(paths) && newRecords?.readsArrays !== true) {
      const { on_error: onError } = data.dataset as { on_error?: string };
      return await readNewArrays(paths, storedInputs(fitted), { skips: onError === 'skip' });
    }
    if (newRecords !== undefined) return await newRecords.read(data.dataset, paths, context);
  } catch (error) {
    // The line of the config has nothing to do with what is wrong with other files.
    if (!(error instanceof DatasetError)) throw error;
    throw new UserError(error.message, {
      exit: 'usage',
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
  throw new UserError(`new records of the data set ${type} are read from NPY and NPZ files, not from ${paths[0]}`, {
    hint: 'save them with numpy.save, an input of the model in each row; --part test takes those of the data set; nn generate goes on with a text',
    exit: 'usage',
  });
}

/** The batches of new records. */
export function openNewRecords(
  { experiment }: Pick<Model, 'experiment'>,
  found: NewRecords,
  context: FittedContext,
): RecordsToTell {
  const { batch_size, transforms, workers, prefetch } = experiment.data;
  const { records, inputs } = found;
  const plan: BatchPlan = {
    records,
    fields: inputs,
    inputs: Object.keys(inputs),
    indices: allRecords(records.length),
    batchSize: Math.min(batch_size, records.length),
    transforms,
    fitted: context.fitted.transforms,
    augment: [],
    seed: experiment.seed,
  };
  const { batches } = openParts({ batches: plan }, { workers, prefetch });
  return { batches, nameOf: (place) => found.names[place]!, named: found.named };
}

/** The batches of a part of the data set, in their order and as they are. */
export function openPart(
  { experiment }: Pick<Model, 'experiment'>,
  { plans, dataset }: Pick<PlannedData, 'plans' | 'dataset'>,
  part: keyof PlannedData['plans'],
): RecordsToTell {
  const plan = plans[part];
  if (plan === undefined) {
    throw new UserError(`the run has no ${part} part`, {
      hint: 'data.validation or --fold of nn train holds one out',
      exit: 'usage',
    });
  }
  const { workers, prefetch } = experiment.data;
  const asTheyAre = { ...plan, augment: [], shuffleSeed: undefined, sampling: undefined };
  const { batches } = openParts({ batches: asTheyAre }, { workers, prefetch });
  const stored = part === 'test' ? 'test' : 'train';
  const nameOf = (place: number): string => dataset.nameOf?.(stored, plan.indices[place]!) ?? String(plan.indices[place]);
  return { batches, nameOf, named: 'record' };
}

/** Programs that tell of each number of records that a batch can have. */
export const answerPrograms = (model: Model, batches: Batches): Record<string, Program> =>
  Object.fromEntries(batchSizes(batches).map((count) => [programName('predict', count), answerProgram(model, count)]));

/** What a model has told of one record, valid until the next. */
export interface ToldRecord {
  /** Its place among those asked for. */
  readonly place: number;
  /** The numbers of each prediction, by its name. */
  readonly values: ReadonlyMap<string, Float32Array>;
  /** What the record has in place of a prediction, where it has it. */
  target(of: Prediction): Float32Array | undefined;
}

/** Tells of all records, one after the other. */
export async function* tellRecords(session: Session, model: Model, batches: Batches): AsyncGenerator<ToldRecord> {
  const predictions = predictionsOf(model);
  const inputs = Object.keys(model.info.inputs);
  for (let step = 0; step < batches.stepsPerEpoch; step++) {
    const { values, size: count } = await batches.batch(0, step);
    const executable = session.executable(programName('predict', count));
    await executable.run(new Map(inputs.map((name) => [name, values.get(name)!])));
    const told = new Map<Prediction, Float32Array>();
    // What is read may be overwritten by the next reading.
    for (const one of predictions) told.set(one, Float32Array.from(await executable.read(names.predicted(one.name))));
    for (let i = 0; i < count; i++) {
      const own = predictions.map((one) => {
        const length = size(one.shape);
        return [one.name, told.get(one)!.subarray(i * length, (i + 1) * length)] as const;
      });
      yield {
        place: step * batches.batchSize + i,
        values: new Map(own),
        target({ target, field }) {
          const length = size(field.shape);
          return values.get(target)?.subarray(i * length, (i + 1) * length);
        },
      };
    }
    if (step % 16 === 15) await breathe();
  }
}
