import { add, divide, multiply } from '../catalog/optimizer-fields.js';
import type { Clip } from '../catalog/optimizer-keys.js';
import type { UpdateTime } from '../catalog/optimizer.js';
import { optimizers } from '../catalog/optimizers/index.js';
import { call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { appendGradients } from '../program/gradient.js';
import { averagedWeights, emaWeight, towardWeights } from './averages.js';
import { clipGradients } from './clip.js';
import { constrained } from './constraint.js';
import { names } from './names.js';
import type { Model } from './programs.js';
import type { TrainedParameter } from './trained-parameters.js';
import { slotTensors } from './training-state.js';

/** When an update takes place, and how many records its gradients are of. */
export interface UpdateStep extends UpdateTime {
  /** Of all its batches together: needed where several are accumulated. */
  readonly samples?: number;
}

/** What an update reads beside the batch, by the program's names. */
export function updateInputs({ experiment: { train }, trained }: Model, time: UpdateStep): Map<string, number> {
  const values = new Map<string, number>();
  const done = new Set<number>();
  for (const { settings, options, learningRateMultiplier } of trained) {
    if (done.has(settings)) continue;
    done.add(settings);
    const own = { ...time, learningRate: time.learningRate * learningRateMultiplier };
    for (const [name, value] of Object.entries(optimizers.get(options.type).scalars(options, own))) {
      values.set(names.scalar(name, settings), value);
    }
  }
  if (train.accumulate_steps > 1) values.set(names.accumulatedSamples, time.samples!);
  if (train.ema !== undefined) values.set(names.averageWeight, emaWeight(train.ema, time.step));
  return values;
}

/** What the forward part of a training step leaves to the rest of it. */
interface Forward {
  readonly loss: TensorId;
  /** The next value of each statistic, by name. */
  readonly statistics: ReadonlyMap<string, TensorId>;
  /** Records of the batch. */
  readonly batch: number;
}

type Update = (name: string, next: TensorId) => void;

/**
 * Appends what a training step does after its loss: the gradients, the optimizer's update of every parameter that is trained and of its
 * slots, the next values of statistics, and the moving averages. Where the loss is not finite no state changes, so that the parameters
 * that led to it can still be looked at.
 */
export function appendUpdates(builder: ProgramBuilder, model: Model, forward: Forward): void {
  const { experiment, trained } = model;
  const reached = appendReached(builder, trained, forward.loss);
  builder.within('optimizer', 'update', () => {
    const next = new Map<string, TensorId>(forward.statistics);
    const whole = reached.map((parameter) => appendMean(builder, model, parameter, forward.batch));
    const gradients = clipGradients(builder, whole, experiment.optimizer.clip as Clip | undefined);
    reached.forEach((parameter, i) => {
      const { parameter: value, slots } = appendOptimizer(builder, parameter, gradients[i]!);
      next.set(parameter.name, constrained(builder, value, parameter.constraint));
      for (const [slot, tensor] of Object.entries(slots)) next.set(names.slot(parameter.name, slot), tensor);
      // The gradients of the next update are added to 0 again.
      const accumulated = builder.map(constant(0), [], parameter.shape);
      if (experiment.train.accumulate_steps > 1) next.set(names.accumulated(parameter.name), accumulated);
    });
    if (experiment.train.ema !== undefined) {
      const weight = builder.input(names.averageWeight);
      for (const { name, shape } of averagedWeights(model)) {
        const average = builder.stateTensor(names.average(name), shape);
        next.set(
          names.average(name),
          towardWeights(builder, average, next.get(name) ?? builder.stateTensor(name, shape), weight),
        );
      }
    }
    const update = guardedBy(builder, forward.loss);
    for (const [name, value] of next) update(name, value);
  });
}

/** Appends what a batch does whose gradients wait for those of others: it adds them, times its records, to what is there already. */
export function appendAccumulation(builder: ProgramBuilder, { trained }: Model, { loss, statistics, batch }: Forward): void {
  const reached = appendReached(builder, trained, loss);
  builder.within('optimizer', 'update', () => {
    const update = guardedBy(builder, loss);
    for (const [name, next] of statistics) update(name, next);
    for (const parameter of reached) update(names.accumulated(parameter.name), appendSum(builder, parameter, batch));
  });
}

type Reached = TrainedParameter & { readonly gradient: TensorId };

/** Appends the gradients. Gives the parameters that the loss depends on. */
function appendReached(builder: ProgramBuilder, trained: readonly TrainedParameter[], loss: TensorId): Reached[] {
  const tensors = trained.map(({ name, shape }) => builder.stateTensor(name, shape));
  const gradients = appendGradients(builder, loss, tensors);
  // What the loss does not depend on keeps its slots too: a checkpoint holds those of all that are trained.
  for (const { name, shape } of slotTensors(trained)) builder.stateTensor(name, shape);
  return trained.flatMap((parameter, i) => (gradients[i] === undefined ? [] : [{ ...parameter, gradient: gradients[i] }]));
}

/** The gradients of this batch times its records, and those that were added up before. */
function appendSum(builder: ProgramBuilder, { name, shape, gradient }: Reached, batch: number): TensorId {
  const sum = add(input(0), multiply(input(1), constant(batch)));
  return builder.map(sum, [builder.stateTensor(names.accumulated(name), shape), gradient]);
}

/** The mean gradient of all records of an update. */
function appendMean(builder: ProgramBuilder, { experiment }: Model, parameter: Reached, batch: number): TensorId {
  if (experiment.train.accumulate_steps === 1) return parameter.gradient;
  const sum = appendSum(builder, parameter, batch);
  return builder.map(divide(input(0), input(1)), [sum, builder.input(names.accumulatedSamples)]);
}

/** The next values of a parameter and of its slots. */
function appendOptimizer(builder: ProgramBuilder, { name, shape, options, settings }: TrainedParameter, gradient: TensorId) {
  const optimizer = optimizers.get(options.type);
  const scalarNames = Object.keys(optimizer.scalars(options, { step: 1, learningRate: 1 }));
  const scalars = Object.fromEntries(scalarNames.map((scalar) => [scalar, builder.input(names.scalar(scalar, settings))]));
  const slots = Object.fromEntries(
    optimizer.slots(options, shape).map((slot) => [slot.name, builder.stateTensor(names.slot(name, slot.name), slot.shape)]),
  );
  return optimizer.update(builder, { parameter: builder.stateTensor(name, shape), gradient, slots, scalars }, options);
}

/** Updates of state that keep it as it is where the loss is not finite. */
function guardedBy(builder: ProgramBuilder, loss: TensorId): Update {
  // A difference of finite numbers is 0; of others it is NaN, which equals nothing.
  const finite = builder.map(call('equal', call('subtract', input(0), input(0)), constant(0)), [loss]);
  return (name, next) => {
    const before = builder.stateTensor(name, builder.shapeOf(next));
    builder.update(name, builder.map(call('select', input(0), input(1), input(2)), [finite, next, before]));
  };
}
