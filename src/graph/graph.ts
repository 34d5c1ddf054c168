import type { DescribeMisfit, LayerDefinition, LayerSpec } from '../catalog/layer.js';
import { nearestName } from '../spec/nearest-name.js';
import { type Expanded, expandLayers } from './expand.js';
import { GraphError, type GraphProblem } from './graph-error.js';
import { inputName } from './layer-list.js';
import { resolveSharing } from './weight-sharing.js';

/** A layer of the model with what it reads, by name. */
export interface GraphNode {
  /** Unique in the model: the names of the containers around it and its own, with dots. */
  readonly name: string;
  /** The containers around it, the outermost first, and the parts of theirs that it is in: `['residual_1', 'shortcut']`. */
  readonly within: readonly string[];
  readonly definition: LayerDefinition;
  readonly options: LayerSpec;
  readonly inputs: readonly string[];
  /** Its place in the config, or that of the container that added it: `['model', 3, 'layers', 1]`. */
  readonly path: GraphProblem['path'];
  /** What to say where the layer refuses its inputs' shapes, if the container that added it knows better. */
  readonly misfit?: DescribeMisfit;
  /** The layer whose weights it uses, and the place in the config that says so. */
  readonly weightsOf?: { readonly layer: string; readonly path: GraphProblem['path'] };
}

/** What is left of a container when it is expanded. */
export interface ContainerOutline {
  readonly type: string;
  readonly inputs: readonly string[];
  /** The layer whose output is its own. */
  readonly output: string;
}

/** The layers in an order in which each comes after those it reads. Containers are expanded. */
export interface LayerGraph {
  readonly nodes: readonly GraphNode[];
  /** The layer whose output is the model's. */
  readonly output: string;
  /** By full name. */
  readonly containers: ReadonlyMap<string, ContainerOutline>;
}

/** A layer that a loss or a metric reads by name, and where the config says so. */
export interface NamedOutput {
  readonly name: string;
  readonly path: GraphProblem['path'];
}

/** What a model stands between. */
export interface ModelEnds {
  /** The data set's inputs, by name. */
  readonly inputs: readonly string[];
  /** What is read besides the output of the last layer. */
  readonly outputs: readonly NamedOutput[];
}

/**
 * Expands containers and orders the layers. Throws one `GraphError` with all that is wrong: repeated names, unknown inputs and outputs, wrong
 * numbers of inputs, circles, layers whose output nobody reads, and weights that cannot be shared.
 */
export function buildGraph(model: readonly LayerSpec[], ends: ModelEnds = { inputs: [inputName], outputs: [] }): LayerGraph {
  const expand = (outputs: readonly string[]): Expanded => expandLayers(model, { inputs: ends.inputs, outputs });
  const asNamed = expand(ends.outputs.map(({ name }) => name));
  const names = [...asNamed.nodes.map(({ name }) => name), ...asNamed.containers.keys()];
  const unknown = ends.outputs.filter(({ name }) => !names.includes(name));
  // Where a name is unknown, the layer that was meant by it would be one whose output nobody reads.
  const { nodes, output, containers, problems } = unknown.length === 0 ? asNamed : expand(names);
  problems.push(...unknown.map((one) => unknownOutput(one, names)));
  // Only of a sound graph can be told which layer a name means.
  const shared = problems.length === 0 ? resolveSharing(nodes, containers, problems) : [];
  const [first, ...others] = problems;
  if (first !== undefined) throw new GraphError([first, ...others]);
  return { nodes: shared, output, containers };
}

function unknownOutput({ name, path }: NamedOutput, names: readonly string[]): GraphProblem {
  const meant = nearestName(name, names);
  const layers = names.filter((one) => !one.includes('.')).join(', ');
  const hint = `${meant === undefined ? '' : `did you mean "${meant}"? `}layers: ${layers}`;
  return { path, message: `there is no layer named "${name}"`, hint };
}

/** The layer of a full name; of a container's, the one whose output is the container's. */
export function layerNamed({ nodes, containers }: LayerGraph, name: string): GraphNode | undefined {
  const wanted = containers.get(name)?.output ?? name;
  return nodes.find((node) => node.name === wanted);
}
