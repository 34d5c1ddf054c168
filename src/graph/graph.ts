import type { LayerDefinition } from '../catalog/layer.js';
import { layers } from '../catalog/layers/index.js';
import type { LayerSpec } from '../spec/experiment.js';

/** A layer of the model with what it reads, by name. */
export interface GraphNode {
  readonly name: string;
  readonly definition: LayerDefinition;
  readonly options: LayerSpec;
  readonly inputs: readonly string[];
  /** Its place in the config's `model` list. */
  readonly position: number;
}

/** The layers in an order in which each comes after those it reads. */
export interface LayerGraph {
  readonly nodes: readonly GraphNode[];
  /** The layer whose output is the model's. */
  readonly output: string;
}

/** The name under which layers read the data. */
export const inputName = 'input';

/** Something wrong with the model, at a path of the config such as `['model', 2, 'inputs']`. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly path: readonly (string | number)[];
  readonly hint: string | undefined;

  constructor(path: readonly (string | number)[], message: string, hint?: string) {
    super(message);
    this.path = path;
    this.hint = hint;
  }
}

/**
 * Orders the layers. Without `inputs` a layer reads the one above it, and the first one reads the data; the last layer of the
 * list is the output. Throws `GraphError` for a repeated name, an unknown input, a cycle, and a layer whose output nobody reads.
 */
export function buildGraph(model: readonly LayerSpec[]): LayerGraph {
  const names = nameLayers(model);
  const known = new Set(names);
  const nodes = model.map((options, position): GraphNode => {
    const inputs = options.inputs ?? [position === 0 ? inputName : names[position - 1]!];
    inputs.forEach((name, i) => {
      if (name === inputName || known.has(name)) return;
      const path = ['model', position, 'inputs', ...(inputs.length > 1 ? [i] : [])];
      throw new GraphError(path, `there is no layer named "${name}"`, `layers: ${[inputName, ...names].join(', ')}`);
    });
    const definition = layers.get(options.type);
    checkInputCount(definition, inputs, position);
    return { name: names[position]!, definition, options, inputs, position };
  });
  const output = names[names.length - 1]!;
  const sorted = sortTopologically(nodes);
  const read = new Set(nodes.flatMap((node) => node.inputs));
  for (const node of nodes) {
    if (node.name === output || read.has(node.name)) continue;
    throw new GraphError(
      ['model', node.position],
      `nothing reads the output of layer "${node.name}"`,
      'name it in the `inputs` of a later layer, or remove it',
    );
  }
  return { nodes: sorted, output };
}

/** The names given, and `<type>_<n>` for the others: `conv2d_1`, `conv2d_2`, `dense_1`. */
function nameLayers(model: readonly LayerSpec[]): string[] {
  const taken = new Set<string>([inputName]);
  model.forEach(({ name }, position) => {
    if (name === undefined) return;
    if (name === inputName)
      throw new GraphError(['model', position, 'name'], `"${inputName}" is the name of the data`, 'choose another name');
    if (taken.has(name))
      throw new GraphError(['model', position, 'name'], `two layers are named "${name}"`, 'layer names must differ');
    taken.add(name);
  });
  const counts = new Map<string, number>();
  return model.map(({ name, type }) => {
    if (name !== undefined) return name;
    let candidate: string;
    do {
      counts.set(type, (counts.get(type) ?? 0) + 1);
      candidate = `${type}_${counts.get(type)}`;
    } while (taken.has(candidate));
    taken.add(candidate);
    return candidate;
  });
}

function checkInputCount(definition: LayerDefinition, inputs: readonly string[], position: number): void {
  const atLeast = definition.inputs?.atLeast;
  if (atLeast === undefined && inputs.length !== 1) {
    throw new GraphError(['model', position, 'inputs'], `${definition.type} reads one layer, not ${inputs.length}`);
  }
  if (atLeast !== undefined && inputs.length < atLeast) {
    throw new GraphError(
      ['model', position],
      `${definition.type} needs at least ${atLeast} inputs`,
      'list them: `inputs: [a, b]`',
    );
  }
}

function sortTopologically(nodes: readonly GraphNode[]): GraphNode[] {
  const sorted: GraphNode[] = [];
  const placed = new Set<string>([inputName]);
  let waiting = [...nodes];
  while (waiting.length > 0) {
    const ready = waiting.filter((node) => node.inputs.every((name) => placed.has(name)));
    if (ready.length === 0) {
      const cycle = findCycle(waiting);
      throw new GraphError(
        ['model', cycle[0]!.position],
        `layers read each other in a circle: ${[...cycle, cycle[0]!].map((n) => n.name).join(' <- ')}`,
      );
    }
    // One at a time, in the order of the file, so that a sequential model keeps its order.
    sorted.push(ready[0]!);
    placed.add(ready[0]!.name);
    waiting = waiting.filter((node) => node !== ready[0]);
  }
  return sorted;
}

/** Nodes that all wait for each other: following inputs among them must come round. */
function findCycle(waiting: readonly GraphNode[]): GraphNode[] {
  const byName = new Map(waiting.map((node) => [node.name, node]));
  const path: GraphNode[] = [];
  let node = waiting[0]!;
  while (!path.includes(node)) {
    path.push(node);
    node = node.inputs.map((name) => byName.get(name)).find((next) => next !== undefined)!;
  }
  return path.slice(path.indexOf(node));
}
