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

/** The name of the data where a data set has a single input. */
export const inputName = 'input';

/** What a model stands between. */
export interface GraphEnds {
  /** The data set's inputs, by name. */
  readonly inputs: readonly string[];
  /** Layers that a loss or a metric reads by name, besides the last one. */
  readonly outputs: readonly string[];
}

/** One thing wrong with the model, at a path of the config such as `['model', 2, 'inputs']`. */
export interface GraphProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string;
}

/** What is wrong with the model. `path`, `message` and `hint` are those of the first problem. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly problems: readonly GraphProblem[];
  readonly path: GraphProblem['path'];
  readonly hint: string | undefined;

  constructor(problems: readonly [GraphProblem, ...GraphProblem[]]) {
    const [{ path, message, hint }] = problems;
    super(message);
    this.problems = problems;
    this.path = path;
    this.hint = hint;
  }
}

/**
 * Orders the layers. Without `inputs` a layer reads the one above it, and the first one reads the data's first input; the last layer of the
 * list is the output. Throws one `GraphError` with every repeated name, unknown input, wrong number of inputs and circle, and
 * with every layer whose output nobody reads.
 */
export function buildGraph(model: readonly LayerSpec[], ends: GraphEnds = { inputs: [inputName], outputs: [] }): LayerGraph {
  const problems: GraphProblem[] = [];
  const names = nameLayers(model, ends.inputs, problems);
  const known = new Set([...ends.inputs, ...names]);
  const nodes = model.map((options, position): GraphNode => {
    const inputs = options.inputs ?? [position === 0 ? ends.inputs[0]! : names[position - 1]!];
    inputs.forEach((name, i) => {
      if (known.has(name)) return;
      const path = ['model', position, 'inputs', ...(inputs.length > 1 ? [i] : [])];
      problems.push({ path, message: `there is no layer named "${name}"`, hint: `layers: ${[...known].join(', ')}` });
    });
    const definition = layers.get(options.type);
    checkInputCount(definition, inputs, position, problems);
    return { name: names[position]!, definition, options, inputs, position };
  });
  const output = names[names.length - 1]!;
  // Who reads whom can only be told where every name stands for one layer.
  const namesAreSound = known.size === names.length + ends.inputs.length;
  const sorted = namesAreSound ? sortTopologically(nodes, ends.inputs, known, problems) : [];
  const inputsAreKnown = nodes.every(({ inputs }) => inputs.every((name) => known.has(name)));
  if (namesAreSound && inputsAreKnown) {
    const read = new Set([...nodes.flatMap((node) => node.inputs), ...ends.outputs]);
    for (const { name, position } of nodes) {
      if (name === output || read.has(name)) continue;
      problems.push({
        path: ['model', position],
        message: `nothing reads the output of layer "${name}"`,
        hint: 'name it in the `inputs` of a later layer, or remove it',
      });
    }
  }
  const [first, ...others] = problems;
  if (first !== undefined) throw new GraphError([first, ...others]);
  return { nodes: sorted, output };
}

/** The names given, and `<type>_<n>` for the others: `conv2d_1`, `conv2d_2`, `dense_1`. */
function nameLayers(model: readonly LayerSpec[], inputs: readonly string[], problems: GraphProblem[]): string[] {
  const taken = new Set<string>(inputs);
  model.forEach(({ name }, position) => {
    if (name === undefined) return;
    const path = ['model', position, 'name'];
    if (inputs.includes(name)) problems.push({ path, message: `"${name}" is the name of the data`, hint: 'choose another name' });
    else if (taken.has(name)) problems.push({ path, message: `two layers are named "${name}"`, hint: 'layer names must differ' });
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

function checkInputCount(
  definition: LayerDefinition,
  inputs: readonly string[],
  position: number,
  problems: GraphProblem[],
): void {
  const atLeast = definition.inputs?.atLeast;
  if (atLeast === undefined && inputs.length !== 1) {
    problems.push({ path: ['model', position, 'inputs'], message: `${definition.type} reads one layer, not ${inputs.length}` });
  }
  if (atLeast !== undefined && inputs.length < atLeast) {
    problems.push({
      path: ['model', position],
      message: `${definition.type} needs at least ${atLeast} inputs`,
      hint: 'list them: `inputs: [a, b]`',
    });
  }
}

/** Each node after those it reads. What is not `known` is waited for by nobody, and a circle counts as read once it is noted. */
function sortTopologically(
  nodes: readonly GraphNode[],
  inputs: readonly string[],
  known: ReadonlySet<string>,
  problems: GraphProblem[],
): GraphNode[] {
  const sorted: GraphNode[] = [];
  const placed = new Set<string>(inputs);
  let waiting = [...nodes];
  const place = (node: GraphNode): void => {
    sorted.push(node);
    placed.add(node.name);
    waiting = waiting.filter((other) => other !== node);
  };
  while (waiting.length > 0) {
    // One at a time, in the order of the file, so that a sequential model keeps its order.
    const ready = waiting.find((node) => node.inputs.every((name) => placed.has(name) || !known.has(name)));
    if (ready !== undefined) {
      place(ready);
      continue;
    }
    const cycle = findCycle(waiting);
    const message = `layers read each other in a circle: ${[...cycle, cycle[0]!].map((n) => n.name).join(' <- ')}`;
    problems.push({ path: ['model', cycle[0]!.position], message });
    cycle.forEach(place);
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
