import type { Session } from '../backends/backend.js';
import type { FittedData } from '../catalog/dataset.js';
import { UserError } from '../errors.js';
import { type Checkpoint, type Tensor, loadCheckpoint } from '../files/checkpoint.js';
import { averagedWeights } from '../graph/averages.js';
import { initialWeights } from '../graph/model.js';
import { names } from '../graph/names.js';
import type { Model } from '../graph/programs.js';
import { trainingState } from '../graph/training-state.js';
import { formatShape, sameShape, size, type Shape } from '../shape.js';
import type { Progress } from './progress.js';

/** The names and shapes of a model's weights: parameters and statistics. */
export function weightShapes({ parameters, statistics }: Model): Map<string, Shape> {
  return new Map([...parameters, ...statistics].map(({ name, shape }) => [name, shape]));
}

/** The names and shapes of what evaluation reads: the weights, or their averages where they are kept. */
export function evaluatedShapes(model: Model): Map<string, Shape> {
  const averaged = new Set(averagedWeights(model).map(({ name }) => name));
  return new Map([...weightShapes(model)].map(([name, shape]) => [averaged.has(name) ? names.average(name) : name, shape]));
}

/** The names and shapes of everything a training session keeps: weights, the optimizer's slots, and what else lasts between steps. */
export function stateShapes(model: Model): Map<string, Shape> {
  return new Map([...weightShapes(model), ...trainingState(model).map(({ name, shape }) => [name, shape] as const)]);
}

/** Gives everything its first values: the weights those given, or ones drawn from the seed. */
export async function initialize(
  session: Session,
  model: Model,
  weights: ReadonlyMap<string, Float32Array> = initialWeights(model, model.experiment.seed),
): Promise<void> {
  for (const [name, values] of weights) await session.writeState(name, values);
  for (const { name, shape, initial } of trainingState(model)) {
    const values = typeof initial === 'number' ? new Float32Array(size(shape)).fill(initial) : weights.get(initial.weight)!;
    if (initial !== 0) await session.writeState(name, values);
  }
}

/** The weights of a checkpoint to start from: the averages that it was judged by, where it has them. */
export function startingWeights(path: string, model: Model): Map<string, Float32Array> {
  const { tensors } = loadMatchingCheckpoint(path, model, 'weights');
  const found = (name: string): Tensor => tensors.get(names.average(name)) ?? tensors.get(name)!;
  return new Map([...weightShapes(model).keys()].map((name) => [name, found(name).data]));
}

/** What the numbers of a checkpoint come from. */
export interface Origin {
  /** The numerics of the backend. */
  readonly numerics: string;
  readonly data: FittedData;
}

/**
 * The whole state of a run as one checkpoint.
 * @throws UserError if an update made a number that is not finite: it is never saved over good ones
 */
export async function captureState(session: Session, model: Model, progress: Progress, origin: Origin): Promise<Checkpoint> {
  const tensors = new Map<string, Tensor>();
  for (const [name, shape] of stateShapes(model)) {
    const data = await session.readState(name);
    if (!data.every(Number.isFinite)) throw divergedState(name, data, progress);
    tensors.set(name, { shape: [...shape], data });
  }
  return { tensors, metadata: { name: model.experiment.name, ...origin, progress } };
}

function divergedState(name: string, data: Float32Array, { step, stepInEpoch, epoch }: Progress): UserError {
  const batch = stepInEpoch === 0 ? `the last batch of epoch ${epoch}` : `batch ${stepInEpoch} of epoch ${epoch + 1}`;
  const [layer, ...tensor] = name.split('/');
  const found = data.some(Number.isNaN) ? 'NaN' : 'infinity';
  return new UserError(`layer "${layer}" holds ${found} (in its ${tensor.join('/')}) after step ${step} (${batch})`, {
    hint: divergenceHint,
  });
}

/** What to do about numbers that are not finite. */
export const divergenceHint =
  'a smaller learning_rate, a warm-up or scaled inputs usually help; the checkpoints hold an earlier, finite state';

/**
 * Reads a checkpoint that must fit the model.
 * @param which what is read of it: `all` for resuming, `weights` for starting from them, or what `evaluation` needs
 * @throws UserError naming the first tensor that is missing or has another shape
 */
export function loadMatchingCheckpoint(path: string, model: Model, which: 'weights' | 'evaluation' | 'all'): Checkpoint {
  const checkpoint = loadCheckpoint(path);
  const wanted = { all: stateShapes, weights: weightShapes, evaluation: evaluatedShapes }[which](model);
  const mismatch = (problem: string): UserError =>
    new UserError(`${path} is a checkpoint of another model: ${problem}`, {
      hint: 'give the config that it was trained with',
      exit: 'usage',
    });
  for (const [name, shape] of wanted) {
    const tensor = checkpoint.tensors.get(name);
    if (tensor === undefined) throw mismatch(`it has no "${name}"`);
    if (!sameShape(tensor.shape, shape)) {
      throw mismatch(`"${name}" is ${formatShape(tensor.shape)} in it, and ${formatShape(shape)} in the model`);
    }
  }
  const known = stateShapes(model);
  const layers = new Set([...model.parameters, ...model.statistics].map(({ layer }) => layer));
  for (const name of checkpoint.tensors.keys()) {
    const layer = name.slice(0, name.indexOf('/'));
    if (which === 'all' ? !known.has(name) : !layers.has(layer)) throw mismatch(`the model has no "${name}"`);
  }
  return checkpoint;
}

/** Puts a checkpoint's tensors into a session. */
export async function restoreState(session: Session, checkpoint: Checkpoint, wanted: Iterable<string>): Promise<void> {
  for (const name of wanted) await session.writeState(name, checkpoint.tensors.get(name)!.data);
}
