import { add, multiply, subtract } from '../catalog/optimizer-fields.js';
import { call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import type { Program } from '../program/program.js';
import type { Shape } from '../shape.js';
import type { Experiment } from '../spec/experiment.js';
import type { Statistic } from './model.js';
import { names } from './names.js';
import type { TrainedParameter } from './trained-parameters.js';

/** What of a model averages are made of. */
interface Averaged {
  readonly experiment: Experiment;
  readonly trained: readonly TrainedParameter[];
  readonly statistics: readonly Statistic[];
}

/** The weights whose averages are kept, and evaluated with in their place: all that training changes, where the config asks for it. */
export function averagedWeights({ experiment: { train }, trained, statistics }: Averaged): { name: string; shape: Shape }[] {
  return train.ema === undefined && train.swa === undefined ? [] : [...trained, ...statistics];
}

/**
 * How far the exponential moving average goes toward the weights at update `step` (from 1): the first one takes them as they are, as
 * PyTorch's `AveragedModel` does. With a warm-up the decay is at most `(1 + step) / (10 + step)`.
 */
export function emaWeight({ decay, warmup }: NonNullable<Experiment['train']['ema']>, step: number): number {
  if (step === 1) return 1;
  return 1 - (warmup ? Math.min(decay, (1 + step) / (10 + step)) : decay);
}

/** How far the mean of the ends of epochs goes toward the weights at the end of `epoch` (from 1). Before the first it is a copy. */
export const swaWeight = ({ start_epoch }: NonNullable<Experiment['train']['swa']>, epoch: number): number =>
  1 / (Math.max(0, epoch - start_epoch) + 1);

/** `average + weight (next - average)`, and exactly `next` where the weight is 1. */
export function towardWeights(builder: ProgramBuilder, average: TensorId, next: TensorId, weight: TensorId): TensorId {
  const moved = add(input(0), multiply(input(2), subtract(input(1), input(0))));
  return builder.map(call('select', call('equal', input(2), constant(1)), input(1), moved), [average, next, weight]);
}

/** Appends the averages' step toward the weights as they stand. */
export function appendAveraging(builder: ProgramBuilder, model: Averaged): void {
  builder.within('average', 'update', () => {
    const weight = builder.input(names.averageWeight);
    for (const { name, shape } of averagedWeights(model)) {
      const average = builder.stateTensor(names.average(name), shape);
      builder.update(names.average(name), towardWeights(builder, average, builder.stateTensor(name, shape), weight));
    }
  });
}

/** The program with the averages in place of the weights that they are averages of. */
export function withAverages(program: Program, model: Averaged): Program {
  const averaged = new Set(averagedWeights(model).map(({ name }) => name));
  const renamed = (tensors: ReadonlyMap<string, TensorId>): Map<string, TensorId> =>
    new Map([...tensors].map(([name, id]) => [averaged.has(name) ? names.average(name) : name, id]));
  return { ...program, state: renamed(program.state), updates: renamed(program.updates) };
}
