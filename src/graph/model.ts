import { activations } from '../catalog/activations/index.js';
import { initializers } from '../catalog/initializers/index.js';
import type { Fans, LayerContext, Misfit } from '../catalog/layer.js';
import type { Chosen } from '../catalog/registry.js';
import type { Constraint, Regularizer } from '../catalog/weight-options.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { streamKey } from '../random.js';
import { type Shape, ShapeError, formatBatched, size } from '../shape.js';
import type { GraphNode, LayerGraph } from './graph.js';
import { GraphError } from './graph-error.js';
import { LayerWeights } from './layer-weights.js';
import { ParameterUses } from './parameter-uses.js';

/** A trainable tensor of a model. */
export interface Parameter {
  /** `<layer>/<name>` */
  readonly name: string;
  readonly layer: string;
  readonly shape: Shape;
  /** One, or one for each of equal parts of the last axis. */
  readonly initializer: Chosen | readonly Chosen[];
  readonly fans: Fans;
  /** What its layer says of it. */
  readonly regularizer?: Regularizer;
  readonly constraint?: Constraint;
}

/** A tensor of a model that is kept but not trained. */
export interface Statistic {
  /** `<layer>/<name>` */
  readonly name: string;
  readonly layer: string;
  readonly shape: Shape;
  /** The first value of every element. */
  readonly initial: number;
}

/** A model's ops in a program. */
export interface BuiltModel {
  readonly output: TensorId;
  readonly parameters: readonly Parameter[];
  readonly statistics: readonly Statistic[];
  /** The next value of each statistic, by name. Empty in evaluation. */
  readonly statisticUpdates: ReadonlyMap<string, TensorId>;
  /** The output of each layer, in graph order. */
  readonly layerOutputs: ReadonlyMap<string, TensorId>;
  /** The mask of a layer's output, `[batch, time]`, where it has one. */
  readonly masks: ReadonlyMap<string, TensorId | undefined>;
}

/**
 * Appends the model's ops. `inputs` gives the data set's inputs, `[batch, ...]`, by name; `classesOf` how many different values one
 * has that holds classes. Throws `GraphError` at the layer whose input shapes do not fit, with the shapes.
 */
export function buildModel(
  builder: ProgramBuilder,
  graph: LayerGraph,
  inputs: (name: string) => TensorId,
  training: boolean,
  classesOf: (name: string) => number | undefined = () => undefined,
): BuiltModel {
  const outputs = new Map<string, TensorId>();
  const tensorOf = (name: string): TensorId => outputs.get(name) ?? inputs(name);
  const masks = new Map<string, TensorId | undefined>();
  const parameters: Parameter[] = [];
  const uses = new ParameterUses();
  const statistics: Statistic[] = [];
  const statisticUpdates = new Map<string, TensorId>();
  for (const node of graph.nodes) {
    const operands = node.inputs.map(tensorOf);
    const weights = new LayerWeights(node);
    const context: LayerContext = {
      builder,
      name: node.name,
      training,
      trainable: node.options.trainable !== false,
      parameter(name, shape, initializer, fans) {
        const full = uses.add(node, name, shape);
        const options = weights.optionsOf(initializer, shape);
        if (node.weightsOf === undefined) parameters.push({ name: full, layer: node.name, shape, initializer, fans, ...options });
        return builder.stateTensor(full, shape);
      },
      statistic(name, shape, initial) {
        const full = `${node.name}/${name}`;
        statistics.push({ name: full, layer: node.name, shape, initial });
        return builder.stateTensor(full, shape);
      },
      updateStatistic: (name, next) => void statisticUpdates.set(`${node.name}/${name}`, next),
      constant: (name, shape, values) => builder.constant(`${node.name}/${name}`, shape, values),
      masks: node.inputs.map((name) => masks.get(name)),
      classes: node.inputs.map((name) => (outputs.has(name) ? undefined : classesOf(name))),
      activate: (activation, tensor) => activations.get(activation.type).apply(builder, tensor, activation),
    };
    try {
      const { masking } = node.definition;
      const mask = context.masks.find((one) => one !== undefined);
      if (masking === undefined && mask !== undefined) {
        throw new ShapeError('its input has padded steps, which it would take for data');
      }
      const built = builder.within(node.name, 'forward', () => node.definition.build(context, operands, node.options));
      weights.check();
      const masked = typeof built === 'number' ? { output: built, mask: masking === 'keep' ? mask : undefined } : built;
      outputs.set(node.name, masked.output);
      masks.set(node.name, masked.mask);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      const shapes = operands.map((id) => builder.shapeOf(id));
      throw new GraphError([{ path: node.path, ...describeMisfit(node, shapes, error) }]);
    }
  }
  uses.check(graph);
  return { output: outputs.get(graph.output)!, masks, parameters, statistics, statisticUpdates, layerOutputs: outputs };
}

function describeMisfit(node: GraphNode, shapes: readonly Shape[], error: ShapeError): Misfit {
  if (node.misfit !== undefined) {
    const { message, hint } = node.misfit(shapes, error.message);
    return { message: `layer "${node.within.join('.')}": ${message}`, hint };
  }
  return {
    message: `layer "${node.name}" (${node.definition.type}) cannot take its input: ${error.message}`,
    hint:
      error.hint ?? `it reads ${node.inputs.map((name, i) => `"${name}" of shape ${formatBatched(shapes[i]!)}`).join(' and ')}`,
  };
}

/** The first values of a parameter: a function of (seed, name). */
export function initialValues(parameter: Parameter, seed: number): Float32Array {
  const { initializer, shape, fans, name } = parameter;
  const create = (chosen: Chosen, shape: Shape, purpose: string): Float32Array =>
    initializers.get(chosen.type).create(chosen, shape, fans, streamKey(seed, purpose));
  if (!isList(initializer)) return create(initializer, shape, `initial/${name}`);
  const width = shape.at(-1)! / initializer.length;
  const part = [...shape.slice(0, -1), width];
  const parts = initializer.map((chosen, i) => create(chosen, part, `initial/${name}/${i}`));
  const values = new Float32Array(size(shape));
  for (let row = 0; row < size(part) / width; row++) {
    parts.forEach((from, i) => values.set(from.subarray(row * width, (row + 1) * width), (row * parts.length + i) * width));
  }
  return values;
}

const isList = (initializer: Parameter['initializer']): initializer is readonly Chosen[] => Array.isArray(initializer);

/** The first values of every tensor that evaluation needs, by name. */
export function initialWeights(
  { parameters, statistics }: { readonly parameters: readonly Parameter[]; readonly statistics: readonly Statistic[] },
  seed: number,
): Map<string, Float32Array> {
  return new Map([
    ...parameters.map((parameter) => [parameter.name, initialValues(parameter, seed)] as const),
    ...statistics.map(({ name, shape, initial }) => [name, new Float32Array(size(shape)).fill(initial)] as const),
  ]);
}
