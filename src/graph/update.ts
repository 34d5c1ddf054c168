import type { UpdateTime } from '../catalog/optimizer.js';
import { optimizers } from '../catalog/optimizers/index.js';
import { call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { appendGradients } from '../program/gradient.js';
import type { Shape } from '../shape.js';
import type { Experiment } from '../spec/experiment.js';
import type { Parameter } from './model.js';
import { names } from './names.js';

/** A tensor that a training session keeps from step to step. */
export interface StateTensor {
  readonly name: string;
  readonly shape: Shape;
  /** What every element is at first. */
  readonly initial: number;
}

/** The optimizer's slots of all parameters. */
export function slotTensors(experiment: Experiment, parameters: readonly Parameter[]): StateTensor[] {
  const optimizer = optimizers.get(experiment.optimizer.type);
  return parameters.flatMap(({ name, shape }) =>
    optimizer
      .slots(experiment.optimizer, shape)
      .map(({ initial = 0, ...slot }) => ({ name: names.slot(name, slot.name), shape: slot.shape, initial })),
  );
}

/** What an update reads beside the batch, by the program's names. */
export function updateInputs({ optimizer }: Experiment, time: UpdateTime): Map<string, number> {
  const scalars = optimizers.get(optimizer.type).scalars(optimizer, time);
  return new Map(Object.entries(scalars).map(([name, value]) => [names.scalar(name), value]));
}

/**
 * Appends what a training step does after its loss: the gradients, the optimizer's update of every parameter and slot, and the next
 * values of statistics. Where the loss is not finite no state changes, so that the parameters that led to it can still be looked at.
 */
export function appendUpdates(
  builder: ProgramBuilder,
  experiment: Experiment,
  { parameters, statistics }: { parameters: readonly Parameter[]; statistics: ReadonlyMap<string, TensorId> },
  loss: TensorId,
): void {
  const tensors = parameters.map(({ name, shape }) => builder.stateTensor(name, shape));
  const gradients = appendGradients(builder, loss, tensors);
  const optimizer = optimizers.get(experiment.optimizer.type);
  const scalarNames = Object.keys(optimizer.scalars(experiment.optimizer, { step: 1, learningRate: 1 }));
  builder.within('optimizer', 'update', () => {
    const scalars = Object.fromEntries(scalarNames.map((name) => [name, builder.input(names.scalar(name))]));
    // A difference of finite numbers is 0; of others it is NaN, which equals nothing.
    const finite = builder.map(call('equal', call('subtract', input(0), input(0)), constant(0)), [loss]);
    const guarded = (next: TensorId, before: TensorId): TensorId =>
      builder.map(call('select', input(0), input(1), input(2)), [finite, next, before]);
    for (const [name, next] of statistics) {
      builder.update(name, guarded(next, builder.stateTensor(name, builder.shapeOf(next))));
    }
    parameters.forEach(({ name, shape }, i) => {
      const gradient = gradients[i];
      if (gradient === undefined) return;
      const slots = Object.fromEntries(
        optimizer
          .slots(experiment.optimizer, shape)
          .map((slot) => [slot.name, builder.stateTensor(names.slot(name, slot.name), slot.shape)]),
      );
      const next = optimizer.update(builder, { parameter: tensors[i]!, gradient, slots, scalars }, experiment.optimizer);
      builder.update(name, guarded(next.parameter, tensors[i]!));
      for (const [slot, value] of Object.entries(next.slots))
        builder.update(names.slot(name, slot), guarded(value, slots[slot]!));
    });
  });
}
