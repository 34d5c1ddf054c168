import { type DatasetInfo, fieldsOf } from '../catalog/dataset.js';
import type { TensorId } from '../ops/op.js';
import { ProgramBuilder } from '../program/builder.js';
import { appendGradients } from '../program/gradient.js';
import { optimize } from '../program/optimize.js';
import type { Program } from '../program/program.js';
import type { Experiment } from '../spec/experiment.js';
import { appendAveraging, withAverages } from './averages.js';
import { type LayerGraph, buildGraph } from './graph.js';
import { appendMeasures, comparisonsOf } from './measures.js';
import { mixedTargets } from './mixed-targets.js';
import { type BuiltModel, type Parameter, type Statistic, buildModel } from './model.js';
import { names } from './names.js';
import { addPenalties } from './penalty.js';
import { appendPredictions } from './predictions.js';
import { type TrainedParameter, trainedParameters } from './trained-parameters.js';
import { appendAccumulation, appendUpdates } from './update.js';

export { names };

/** An experiment whose model has been fitted to its data: every shape is known but the batch. */
export interface Model {
  readonly experiment: Experiment;
  readonly info: DatasetInfo;
  readonly graph: LayerGraph;
  readonly parameters: readonly Parameter[];
  /** Those that are not frozen. */
  readonly trained: readonly TrainedParameter[];
  readonly statistics: readonly Statistic[];
}

/** Fits the model to the data set. Throws `GraphError` where shapes do not fit. */
export function fitModel(experiment: Experiment, info: DatasetInfo): Model {
  const outputs = comparisonsOf(experiment).flatMap(({ options, path }) =>
    options.output === undefined ? [] : [{ name: options.output, path: [...path, 'output'] }],
  );
  const graph = buildGraph(experiment.model, { inputs: Object.keys(info.inputs), outputs });
  const unknown = { experiment, info, graph, parameters: [], trained: [], statistics: [] };
  const { parameters, statistics } = forward(unknown, 2, true).built;
  return { experiment, info, graph, parameters, trained: trainedParameters(experiment, graph, parameters), statistics };
}

interface Forward {
  builder: ProgramBuilder;
  built: BuiltModel;
  loss: TensorId;
}

function forward(model: Model, batch: number, training: boolean): Forward {
  const builder = new ProgramBuilder();
  const fields = { ...fieldsOf(model.info), ...(training ? mixedTargets(model) : {}) };
  const field = (name: string): TensorId => builder.input(name, [batch, ...fields[name]!.shape]);
  const built = buildModel(builder, model.graph, field, training, (name) => classesOf(model, name));
  const loss = addPenalties(builder, appendMeasures(builder, model, built, field, training), model.trained);
  builder.output(names.loss, loss);
  return { builder, built, loss };
}

function classesOf({ info }: Model, input: string): number | undefined {
  const field = info.inputs[input];
  return field?.kind === 'class' ? field.classes : undefined;
}

/** Loss and metrics of a batch, without dropout, and with averages in place of the weights where they are kept. */
export function evaluationProgram(model: Model, batch: number): Program {
  return withAverages(optimize(forward(model, batch, false).builder.finish()), model);
}

/**
 * A training step: loss and metrics, gradients, and the optimizer's update of every parameter that is trained. Where gradients are
 * accumulated, it is the last batch of an update.
 */
export function trainingProgram(model: Model, batch: number): Program {
  const { builder, built, loss } = forward(model, batch, true);
  appendUpdates(builder, model, { loss, statistics: built.statisticUpdates, batch });
  return optimize(builder.finish());
}

/** A batch of an update that is not its last: loss and metrics, and gradients that are added to those before. */
export function accumulationProgram(model: Model, batch: number): Program {
  const { builder, built, loss } = forward(model, batch, true);
  appendAccumulation(builder, model, { loss, statistics: built.statisticUpdates, batch });
  return optimize(builder.finish());
}

/** Brings the averages up to the weights as they stand. */
export function averagingProgram(model: Model): Program {
  const builder = new ProgramBuilder();
  appendAveraging(builder, model);
  return optimize(builder.finish());
}

/** What a training step does to statistics, with averages in place of weights, and nothing else: running means for the averages. */
export function statisticsProgram(model: Model, batch: number): Program {
  const { builder, built } = forward(model, batch, true);
  for (const [name, next] of built.statisticUpdates) builder.update(name, next);
  return withAverages(optimize({ ...builder.finish(), outputs: new Map() }), model);
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

/** What the model tells of records without a target, as its losses read its outputs. */
export function answerProgram(model: Model, batch: number): Program {
  const builder = new ProgramBuilder();
  const field = (name: string): TensorId => builder.input(name, [batch, ...model.info.inputs[name]!.shape]);
  appendPredictions(builder, model, buildModel(builder, model.graph, field, false));
  return withAverages(optimize(builder.finish()), model);
}

/** The output of the last layer, as it is in evaluation, for records without a target. */
export function predictionProgram(model: Model, batch: number): Program {
  const builder = new ProgramBuilder();
  const field = (name: string): TensorId => builder.input(name, [batch, ...model.info.inputs[name]!.shape]);
  builder.output(names.prediction, buildModel(builder, model.graph, field, false).output);
  return withAverages(optimize(builder.finish()), model);
}
