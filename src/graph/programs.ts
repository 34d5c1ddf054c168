import type { DatasetInfo } from '../catalog/dataset.js';
import { losses } from '../catalog/losses/index.js';
import { metrics } from '../catalog/metrics/index.js';
import { optimizers } from '../catalog/optimizers/index.js';
import { call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import { ProgramBuilder } from '../program/builder.js';
import { appendGradients } from '../program/gradient.js';
import { optimize } from '../program/optimize.js';
import type { Program } from '../program/program.js';
import { ShapeError, formatShape } from '../shape.js';
import type { Experiment } from '../spec/experiment.js';
import { GraphError, type LayerGraph, buildGraph } from './graph.js';
import { type BuiltModel, type Parameter, buildModel } from './model.js';

/** Names of program inputs and outputs that the trainer uses. */
export const names = {
  input: 'input',
  target: 'target',
  loss: 'loss',
  metric: (type: string) => `metric/${type}`,
  scalar: (name: string) => `optimizer/${name}`,
  slot: (parameter: string, slot: string) => `${parameter}/${slot}`,
  gradient: (parameter: string) => `gradient/${parameter}`,
  layer: (layer: string) => `layer/${layer}`,
} as const;

/** An experiment whose model has been fitted to its data: every shape is known but the batch. */
export interface Model {
  readonly experiment: Experiment;
  readonly info: DatasetInfo;
  readonly graph: LayerGraph;
  readonly parameters: readonly Parameter[];
}

/** Fits the model to the data set. Throws `GraphError` where shapes do not fit. */
export function fitModel(experiment: Experiment, info: DatasetInfo): Model {
  const graph = buildGraph(experiment.model);
  const builder = new ProgramBuilder();
  const built = buildModel(builder, graph, builder.input(names.input, [2, ...info.inputShape]), true);
  const shape = builder.shapeOf(built.output);
  const { kind, classes } = info.target;
  if (kind === 'class' && (shape.length !== 2 || shape[1] !== classes)) {
    const flatten = shape.length > 2 ? 'put {type: flatten} before it and ' : '';
    throw new GraphError([
      {
        path: ['model', experiment.model.length - 1],
        message: `the model's output is ${formatShape(['batch', ...shape.slice(1)] as never)}, but the data set has ${classes} classes`,
        hint: `${flatten}let the last layer give ${classes} values: {type: dense, units: ${classes}}`,
      },
    ]);
  }
  // The loss and the metrics may refuse the output too.
  forward({ experiment, info, graph, parameters: [] }, 2, true);
  return { experiment, info, graph, parameters: built.parameters };
}

interface Forward {
  builder: ProgramBuilder;
  built: BuiltModel;
  loss: TensorId;
}

function forward({ experiment, info, graph }: Model, batch: number, training: boolean): Forward {
  const builder = new ProgramBuilder();
  const x = builder.input(names.input, [batch, ...info.inputShape]);
  const target = builder.input(names.target, [batch]);
  const built = buildModel(builder, graph, x, training);
  const comparison = { builder, prediction: built.output, target };
  try {
    const loss = builder.within('loss', 'forward', () => losses.get(experiment.loss.type).build(comparison, experiment.loss));
    builder.output(names.loss, loss);
    builder.within('metrics', 'forward', () => {
      for (const metric of experiment.metrics) {
        builder.output(names.metric(metric.type), metrics.get(metric.type).build(comparison, metric));
      }
    });
    return { builder, built, loss };
  } catch (error) {
    if (error instanceof ShapeError) {
      throw new GraphError([{ path: ['model', experiment.model.length - 1], message: error.message }]);
    }
    throw error;
  }
}

/** Loss and metrics of a batch, without dropout. */
export function evaluationProgram(model: Model, batch: number): Program {
  return optimize(forward(model, batch, false).builder.finish());
}

/**
 * A training step: loss and metrics, gradients, and the optimizer's update of every parameter and slot. Where the loss is not
 * finite no state changes, so that the parameters that led to it can still be looked at.
 */
export function trainingProgram(model: Model, batch: number): Program {
  const { builder, loss } = forward(model, batch, true);
  const { experiment, parameters } = model;
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
    parameters.forEach(({ name, shape }, i) => {
      const gradient = gradients[i];
      if (gradient === undefined) return;
      const slots = Object.fromEntries(
        optimizer.slots(experiment.optimizer).map((slot) => [slot, builder.stateTensor(names.slot(name, slot), shape)]),
      );
      const next = optimizer.update(builder, { parameter: tensors[i]!, gradient, slots, scalars }, experiment.optimizer);
      builder.update(name, guarded(next.parameter, tensors[i]!));
      for (const [slot, value] of Object.entries(next.slots))
        builder.update(names.slot(name, slot), guarded(value, slots[slot]!));
    });
  });
  return optimize(builder.finish());
}

/** The loss, every layer's output and every parameter's gradient, and no update: what tests and diagnosis look at. */
export function inspectionProgram(model: Model, batch: number, training: boolean): Program {
  const { builder, built, loss } = forward(model, batch, training);
  const tensors = model.parameters.map(({ name, shape }) => builder.stateTensor(name, shape));
  for (const [layer, tensor] of built.layerOutputs) builder.output(names.layer(layer), tensor);
  appendGradients(builder, loss, tensors).forEach((gradient, i) => {
    if (gradient !== undefined) builder.output(names.gradient(model.parameters[i]!.name), gradient);
  });
  return optimize(builder.finish());
}
