import type { Clip } from '../catalog/optimizer-keys.js';
import type { UpdateTime } from '../catalog/optimizer.js';
import { optimizers } from '../catalog/optimizers/index.js';
import { call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { appendGradients } from '../program/gradient.js';
import type { Shape } from '../shape.js';
import type { Experiment } from '../spec/experiment.js';
import { clipGradients } from './clip.js';
import { names } from './names.js';
import type { TrainedParameter } from './trained-parameters.js';

/** A tensor that a training session keeps from step to step. */
export interface StateTensor {
  readonly name: string;
  readonly shape: Shape;
  /** What every element is at first. */
  readonly initial: number;
}

/** The optimizer's slots of all parameters that are trained. */
export function slotTensors(trained: readonly TrainedParameter[]): StateTensor[] {
  return trained.flatMap(({ name, shape, options }) =>
    optimizers
      .get(options.type)
      .slots(options, shape)
      .map(({ initial = 0, ...slot }) => ({ name: names.slot(name, slot.name), shape: slot.shape, initial })),
  );
}

/** What an update reads beside the batch, by the program's names: the optimizer's scalars for each kind of settings. */
export function updateInputs(trained: readonly TrainedParameter[], time: UpdateTime): Map<string, number> {
  const values = new Map<string, number>();
  for (const [settings, { options, learningRateMultiplier }] of distinctSettings(trained)) {
    const own = { ...time, learningRate: time.learningRate * learningRateMultiplier };
    for (const [name, value] of Object.entries(optimizers.get(options.type).scalars(options, own))) {
      values.set(names.scalar(name, settings), value);
    }
  }
  return values;
}

/** The first parameter of each kind of settings. */
function distinctSettings(trained: readonly TrainedParameter[]): Map<number, TrainedParameter> {
  return new Map([...trained].reverse().map((parameter) => [parameter.settings, parameter]));
}

/**
 * Appends what a training step does after its loss: the gradients, the optimizer's update of every parameter that is trained and of its
 * slots, and the next values of statistics. Where the loss is not finite no state changes, so that the parameters that led to it can
 * still be looked at.
 */
export function appendUpdates(
  builder: ProgramBuilder,
  { optimizer }: Experiment,
  { trained, statistics }: { trained: readonly TrainedParameter[]; statistics: ReadonlyMap<string, TensorId> },
  loss: TensorId,
): void {
  const tensors = trained.map(({ name, shape }) => builder.stateTensor(name, shape));
  const found = appendGradients(builder, loss, tensors);
  builder.within('optimizer', 'update', () => {
    // A difference of finite numbers is 0; of others it is NaN, which equals nothing.
    const finite = builder.map(call('equal', call('subtract', input(0), input(0)), constant(0)), [loss]);
    const update = (name: string, next: TensorId): void => {
      const before = builder.stateTensor(name, builder.shapeOf(next));
      builder.update(name, builder.map(call('select', input(0), input(1), input(2)), [finite, next, before]));
    };
    for (const [name, next] of statistics) update(name, next);
    // What the loss does not depend on keeps its slots too: a checkpoint holds those of all that are trained.
    for (const { name, shape } of slotTensors(trained)) builder.stateTensor(name, shape);
    const reached = trained.flatMap((parameter, i) => (found[i] === undefined ? [] : [{ ...parameter, gradient: found[i] }]));
    const gradients = clipGradients(
      builder,
      reached.map(({ gradient }) => gradient),
      optimizer.clip as Clip | undefined,
    );
    reached.forEach((parameter, i) => {
      const next = updateOf(builder, parameter, gradients[i]!);
      update(parameter.name, next.parameter);
      for (const [slot, value] of Object.entries(next.slots)) update(names.slot(parameter.name, slot), value);
    });
  });
}

/** The next values of a parameter and of its slots. */
function updateOf(builder: ProgramBuilder, { name, shape, options, settings }: TrainedParameter, gradient: TensorId) {
  const optimizer = optimizers.get(options.type);
  const scalarNames = Object.keys(optimizer.scalars(options, { step: 1, learningRate: 1 }));
  const scalars = Object.fromEntries(scalarNames.map((scalar) => [scalar, builder.input(names.scalar(scalar, settings))]));
  const slots = Object.fromEntries(
    optimizer.slots(options, shape).map((slot) => [slot.name, builder.stateTensor(names.slot(name, slot.name), slot.shape)]),
  );
  return optimizer.update(builder, { parameter: builder.stateTensor(name, shape), gradient, slots, scalars }, options);
}
