import { activations } from '../catalog/activations/index.js';
import { initializers } from '../catalog/initializers/index.js';
import type { Fans, LayerContext } from '../catalog/layer.js';
import type { Chosen } from '../catalog/registry.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { streamKey } from '../random.js';
import { type Shape, ShapeError, formatShape } from '../shape.js';
import { GraphError, type LayerGraph, inputName } from './graph.js';

/** A trainable tensor of a model. */
export interface Parameter {
  /** `<layer>/<name>` */
  readonly name: string;
  readonly layer: string;
  readonly shape: Shape;
  readonly initializer: Chosen;
  readonly fans: Fans;
}

/** A model's ops in a program. */
export interface BuiltModel {
  readonly output: TensorId;
  readonly parameters: readonly Parameter[];
  /** The output of each layer, in graph order. */
  readonly layerOutputs: ReadonlyMap<string, TensorId>;
}

/**
 * Appends the model's ops. `input` is `[batch, ...]`. Throws `GraphError` at the layer whose input shapes do not fit, with the
 * shapes.
 */
export function buildModel(builder: ProgramBuilder, graph: LayerGraph, input: TensorId, training: boolean): BuiltModel {
  const outputs = new Map<string, TensorId>([[inputName, input]]);
  const parameters: Parameter[] = [];
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => outputs.get(name)!);
    const context: LayerContext = {
      builder,
      name: node.name,
      training,
      parameter(name, shape, initializer, fans) {
        const full = `${node.name}/${name}`;
        parameters.push({ name: full, layer: node.name, shape, initializer, fans });
        return builder.stateTensor(full, shape);
      },
      activate: (activation, tensor) => activations.get(activation.type).apply(builder, tensor, activation),
    };
    try {
      const output = builder.within(node.name, 'forward', () => node.definition.build(context, inputs, node.options));
      outputs.set(node.name, output);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      const shapes = inputs.map((id) => formatShape(['batch', ...builder.shapeOf(id).slice(1)] as never));
      throw new GraphError([
        {
          path: ['model', node.position],
          message: `layer "${node.name}" (${node.definition.type}) cannot take its input: ${error.message}`,
          hint: `it reads ${node.inputs.map((name, i) => `"${name}" of shape ${shapes[i]}`).join(' and ')}`,
        },
      ]);
    }
  }
  const layerOutputs = new Map([...outputs].filter(([name]) => name !== inputName));
  return { output: outputs.get(graph.output)!, parameters, layerOutputs };
}

/** The first values of a parameter: a function of (seed, name). */
export function initialValues(parameter: Parameter, seed: number): Float32Array {
  const { initializer, shape, fans, name } = parameter;
  return initializers.get(initializer.type).create(initializer, shape, fans, streamKey(seed, `initial/${name}`));
}
