import type { DatasetInfo } from '../catalog/dataset.js';
import { losses } from '../catalog/losses/index.js';
import { metrics } from '../catalog/metrics/index.js';
import type { TensorId } from '../ops/op.js';
import { ProgramBuilder } from '../program/builder.js';
import { appendGradients } from '../program/gradient.js';
import { optimize } from '../program/optimize.js';
import type { Program } from '../program/program.js';
import { ShapeError, formatShape } from '../shape.js';
import type { Experiment } from '../spec/experiment.js';
import { GraphError, type LayerGraph, buildGraph } from './graph.js';
import { type BuiltModel, type Parameter, type Statistic, buildModel } from './model.js';
import { names } from './names.js';
import { appendUpdates } from './update.js';

export { names };

/** An experiment whose model has been fitted to its data: every shape is known but the batch. */
export interface Model {
  readonly experiment: Experiment;
  readonly info: DatasetInfo;
  readonly graph: LayerGraph;
  readonly parameters: readonly Parameter[];
  readonly statistics: readonly Statistic[];
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
  forward({ experiment, info, graph, parameters: [], statistics: [] }, 2, true);
  return { experiment, info, graph, parameters: built.parameters, statistics: built.statistics };
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

/** A training step: loss and metrics, gradients, and the optimizer's update of every parameter and slot. */
export function trainingProgram(model: Model, batch: number): Program {
  const { builder, built, loss } = forward(model, batch, true);
  appendUpdates(builder, model.experiment, { parameters: model.parameters, statistics: built.statisticUpdates }, loss);
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
