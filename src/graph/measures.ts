import { firstLargest } from '../catalog/classes.js';
import { type Comparison, ComparisonError } from '../catalog/comparison.js';
import { type DatasetInfo, type Field, fieldsOf } from '../catalog/dataset.js';
import { losses } from '../catalog/losses/index.js';
import { metrics } from '../catalog/metrics/index.js';
import { call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { ShapeError } from '../shape.js';
import type { Experiment, LossSpec, MetricSpec } from '../spec/experiment.js';
import { nearestName } from '../spec/nearest-name.js';
import { lossName, lossesOf, metricName, partName } from '../spec/result-names.js';
import { type LayerGraph, layerNamed } from './graph.js';
import { GraphError } from './graph-error.js';
import type { BuiltModel } from './model.js';
import { mixedTargets, mixingOf } from './mixed-targets.js';
import { names } from './names.js';

/** What the losses and metrics of a program are made from. */
interface Measured {
  readonly experiment: Experiment;
  readonly info: DatasetInfo;
  readonly graph: LayerGraph;
}

type ConfigPath = readonly (string | number)[];

/** The field of the data set that a loss or metric is compared with. */
export const fieldOf = (info: DatasetInfo, { target }: MetricSpec): Field =>
  fieldsOf(info)[target ?? Object.keys(info.targets)[0]!]!;

/** Losses and metrics with their places in the config. */
export function comparisonsOf(experiment: Experiment): { options: MetricSpec; path: ConfigPath }[] {
  const several = Array.isArray(experiment.loss);
  return [
    ...lossesOf(experiment).map((options, i) => ({ options, path: several ? ['loss', i] : ['loss'] })),
    ...experiment.metrics.map((options, i) => ({ options, path: ['metrics', i] })),
  ];
}

/**
 * Appends losses and metrics. Outputs: `loss`, the weighted sum of all losses; where there are several, each; what those count by that are
 * means of something else than records; the statistics of each metric.
 * @param field gives a field of the data set, `[batch, ...]`
 * @returns the loss
 * @throws GraphError where the model's output or the target do not fit a loss or metric, or a target's name stands for nothing
 */
export function appendMeasures(
  builder: ProgramBuilder,
  model: Measured,
  built: BuiltModel,
  field: (name: string) => TensorId,
  training: boolean,
): TensorId {
  const { experiment } = model;
  const terms: TensorId[] = [];
  for (const { options, path } of comparisonsOf(experiment)) {
    const isLoss = path[0] === 'loss';
    const resolved = resolve(builder, model, built, field, options, path);
    const comparison = training ? inTraining(model, resolved, isLoss, options, path) : resolved.comparison;
    const { layer } = resolved;
    try {
      builder.within(isLoss ? 'loss' : 'metrics', 'forward', () => {
        if (isLoss) {
          const several = lossesOf(experiment).length > 1;
          const name = lossName(options as LossSpec);
          const weigh = (divisor: TensorId): void =>
            builder.output(names.lossWeight(several ? partName(name) : names.loss), divisor);
          const loss = losses.get(options.type).build({ ...comparison, weigh }, options);
          if (several) builder.output(names.lossPart(name), loss);
          const { weight } = options as unknown as LossSpec;
          terms.push(weight === 1 ? loss : builder.map(call('multiply', input(0), constant(weight)), [loss]));
          return;
        }
        const metric = metrics.get(options.type);
        if (metric.batches === 'collect' && training) return;
        const statistics = metric.build(inOwnUnits(comparison), options);
        for (const [name, tensor] of Object.entries(statistics)) {
          builder.output(names.statistic(metricName(options), name), tensor);
        }
      });
    } catch (error) {
      if (error instanceof ComparisonError) {
        const { message, hint, option } = error;
        throw new GraphError([{ path: option === undefined ? path : [...path, option], message, hint }]);
      }
      if (!(error instanceof ShapeError)) throw error;
      const { message, hint } = error;
      throw new GraphError([{ path: layer, message, ...(hint === undefined ? {} : { hint }) }]);
    }
  }
  const loss = builder.within('loss', 'forward', () =>
    terms.reduce((sum, term) => builder.map(call('add', input(0), input(1)), [sum, term])),
  );
  builder.output(names.loss, loss);
  return loss;
}

/** Numbers that were scaled for training, as they were before: `value * deviation + mean` for each place of the last axis. */
function inOwnUnits(comparison: Comparison): Comparison {
  const { builder, field, prediction, target } = comparison;
  if (field.kind !== 'number' || field.scale === undefined) return comparison;
  const { mean, deviation } = field.scale;
  const row = (name: string, values: readonly number[]): TensorId =>
    builder.constant(`${name}/${values.join(',')}`, [values.length], () => Float32Array.from(values));
  const [means, deviations] = [row('mean', mean), row('deviation', deviation)];
  const unscaled = (tensor: TensorId): TensorId =>
    builder.map(call('add', call('multiply', input(0), input(1)), input(2)), [tensor, deviations, means]);
  return { ...comparison, prediction: unscaled(prediction), target: unscaled(target) };
}

/** Finds what a loss or metric compares. */
function resolve(
  builder: ProgramBuilder,
  { info, graph }: Measured,
  built: BuiltModel,
  field: (name: string) => TensorId,
  { output = graph.output, target }: { readonly output?: string; readonly target?: string },
  path: ConfigPath,
): { comparison: Comparison; layer: ConfigPath; name: string } {
  const node = layerNamed(graph, output)!;
  const fields = fieldsOf(info);
  const targets = Object.keys(info.targets);
  if (target === undefined && targets.length > 1) {
    const hint = `name one of them: target: ${targets.join(' or ')}`;
    throw new GraphError([{ path, message: `the data set has ${targets.length} targets`, hint }]);
  }
  const name = target ?? targets[0];
  const found = name === undefined ? undefined : fields[name];
  if (name === undefined || found === undefined) {
    const message = name === undefined ? 'the data set has no target' : `the data set has no field "${name}"`;
    const meant = name === undefined ? undefined : nearestName(name, Object.keys(fields));
    const hint = `${meant === undefined ? '' : `did you mean "${meant}"? `}it has ${Object.keys(fields).join(', ')}`;
    throw new GraphError([{ path: [...path, 'target'], message, hint }]);
  }
  const comparison: Comparison = {
    builder,
    prediction: built.layerOutputs.get(node.name)!,
    target: field(name),
    field: found,
    mask: built.masks.get(node.name),
  };
  return { comparison, layer: node.path, name };
}

/**
 * What is compared in training. Where records are mixed, a loss gets probabilities in place of classes, and a metric the likeliest class.
 * @throws GraphError where the loss cannot take probabilities
 */
function inTraining(
  model: Measured,
  { comparison, name }: { comparison: Comparison; name: string },
  isLoss: boolean,
  { type }: MetricSpec,
  path: ConfigPath,
): Comparison {
  const { builder, field, target } = comparison;
  const mixed = mixedTargets(model)[name];
  if (mixed === undefined || field.kind !== 'class') return comparison;
  if (!isLoss) {
    const shape = builder.shapeOf(target).slice(0, 1);
    return { ...comparison, target: builder.reshape(firstLargest(builder, target), shape) };
  }
  if (losses.get(type).takesProbabilities) return { ...comparison, field: mixed };
  const mixing = mixingOf(model.experiment)!.type;
  const message = `${type} compares with classes, but ${mixing} makes probabilities of them`;
  const able = losses.definitions.filter(({ takesProbabilities }) => takesProbabilities).map((one) => one.type);
  throw new GraphError([{ path, message, hint: `take ${able.join(' or ')}, or leave ${mixing} out` }]);
}
