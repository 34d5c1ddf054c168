import { z } from 'zod';
import { type LayerDefinition, type LayerSpec, defineLayer, isContainer } from '../../src/catalog/layer.js';
import { layers } from '../../src/catalog/layers/index.js';
import { type GraphNode, buildGraph } from '../../src/graph/graph.js';
import { type Parameter, buildModel } from '../../src/graph/model.js';
import { call, input } from '../../src/ops/expression.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { appendGradients } from '../../src/program/gradient.js';
import { optimize } from '../../src/program/optimize.js';
import type { Program } from '../../src/program/program.js';
import type { Shape } from '../../src/shape.js';

/**
 * One layer as a program. Its inputs are called `x0`, `x1`, ..., their masks `mask`, `mask1`, ...; a parameter is the state
 * `<name>/<parameter>`. Training gives statistics their next values.
 */
export interface LayerProgram {
  /**
   * Outputs: `output`; its `mask`, if it has one; `scalar`, the sum of its elements weighted by the input `weights`; and, if asked for, the scalar's gradients
   * `gradient/x0`, ..., `gradient/<parameter>`.
   */
  readonly program: Program;
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[];
}

export interface LayerProgramOptions {
  /** The layer's name. */
  readonly name?: string;
  readonly training?: boolean;
  /** Whether the first input has a mask `[batch, time]`, or the shape of each input's mask. */
  readonly masked?: boolean | readonly (Shape | undefined)[];
  readonly inputGradients?: boolean;
  readonly parameterGradients?: boolean;
}

/** A layer that reads nothing: what stands for the layers above the one under test. */
const source = (name: string, shape: Shape, mask: readonly [name: string, shape: Shape] | undefined): LayerDefinition =>
  defineLayer({
    type: 'source',
    summary: 'An input of the program.',
    options: z.object({}),
    build({ builder }) {
      const output = builder.input(name, shape);
      return mask === undefined ? output : { output, mask: builder.input(...mask) };
    },
  });

const nodeOf = (name: string, definition: LayerDefinition, options: LayerSpec, inputs: string[]): GraphNode => ({
  name,
  within: [],
  definition,
  options,
  inputs,
  path: ['model', 0],
});

/** Builds a layer, as a config has it, on inputs of these shapes. The batch is the first axis of each. */
export function layerProgram(
  layer: Record<string, unknown> & { type: string },
  inputShapes: readonly Shape[],
  { name = 'layer', training = true, masked = false, inputGradients, parameterGradients }: LayerProgramOptions = {},
): LayerProgram {
  const builder = new ProgramBuilder();
  const options = layers.schema().parse(layer);
  const sources = inputShapes.map((shape, i) => {
    const maskShape =
      masked === true && i === 0 ? shape.slice(0, 2) : masked !== true && masked !== false ? masked[i] : undefined;
    const definition = source(`x${i}`, shape, maskShape && [i === 0 ? 'mask' : `mask${i}`, maskShape]);
    return nodeOf(`x${i}`, definition, { type: 'source' }, []);
  });
  const inputs = sources.map((node) => node.name);
  const definition = layers.get(layer.type);
  const nodes = isContainer(definition)
    ? buildGraph([{ ...options, name, inputs }], { inputs, outputs: [] }).nodes
    : [nodeOf(name, definition, options, inputs)];
  const graph = { nodes: [...sources, ...nodes], output: nodes.at(-1)!.name, containers: new Map() };
  const model = buildModel(builder, graph, () => builder.input('x0', inputShapes[0]!), training);
  const { output, parameters } = model;
  for (const [statistic, next] of model.statisticUpdates) builder.update(statistic, next);
  const outputShape = builder.shapeOf(output);
  const weighted = builder.map(call('multiply', input(0), input(1)), [output, builder.input('weights', outputShape)]);
  const scalar = builder.total(weighted);
  builder.output('output', output);
  const mask = model.masks.get(graph.output);
  if (mask !== undefined) builder.output('mask', mask);
  builder.output('scalar', scalar);
  const short = (parameter: Parameter): string => parameter.name.slice(name.length + 1);
  const targets = new Map([
    ...(inputGradients ? inputs.map((x, i) => [x, builder.input(x, inputShapes[i]!)] as const) : []),
    ...(parameterGradients ? parameters.map((p) => [short(p), builder.stateTensor(p.name, p.shape)] as const) : []),
  ]);
  const gradients = appendGradients(builder, scalar, [...targets.values()]);
  [...targets.keys()].forEach((target, i) => {
    if (gradients[i] !== undefined) builder.output(`gradient/${target}`, gradients[i]);
  });
  return { program: optimize(builder.finish()), outputShape, parameters };
}
