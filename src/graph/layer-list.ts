import type { ContainerDefinition, LayerDefinition, LayerSpec } from '../catalog/layer.js';
import { layers as catalogue } from '../catalog/layers/index.js';
import { nearestName } from '../spec/nearest-name.js';
import type { GraphProblem } from './graph-error.js';

/** The name of what a container reads, in its lists; and of the data where a data set has a single input. */
export const inputName = 'input';

/** What a list of layers stands between. */
export interface GraphEnds {
  /** What its layers read besides each other, by name; the first layer reads the first. At the top the data set's inputs. */
  readonly inputs: readonly string[];
  /** Layers that are read from outside by name, besides the last one: at the top by losses and metrics. */
  readonly outputs: readonly string[];
}

/** A layer of a list, before containers are expanded. Names are those within the list. */
export interface ListedLayer {
  readonly name: string;
  readonly spec: LayerSpec;
  readonly definition: LayerDefinition | ContainerDefinition;
  readonly inputs: readonly string[];
  readonly path: readonly (string | number)[];
}

/**
 * Names the layers of a list and orders them so that each comes after those it reads. Without `inputs` a layer reads the one above
 * it, and the first one the list's first input; the last one of the list is its output. Adds to `problems` every repeated name, unknown input,
 * wrong number of inputs and circle, and every layer whose output nobody reads.
 * @param outside names of the lists around this one, which its layers do not see
 */
export function resolveList(
  specs: readonly LayerSpec[],
  path: readonly (string | number)[],
  ends: GraphEnds,
  outside: ReadonlySet<string>,
  problems: GraphProblem[],
): { readonly ordered: readonly ListedLayer[]; readonly output: string } {
  const names = nameLayers(specs, path, ends.inputs, problems);
  const known = new Set([...ends.inputs, ...names]);
  const listed = specs.map((spec, position): ListedLayer => {
    const layer: ListedLayer = {
      name: names[position]!,
      spec,
      definition: catalogue.get(spec.type),
      inputs: spec.inputs ?? [position === 0 ? ends.inputs[0]! : names[position - 1]!],
      path: [...path, position],
    };
    checkInputs(layer, known, outside, problems);
    return layer;
  });
  const output = names[names.length - 1]!;
  // Who reads whom can only be told where every name stands for one layer.
  const namesAreSound = known.size === names.length + ends.inputs.length;
  const ordered = namesAreSound ? sortTopologically(listed, ends.inputs, known, problems) : listed;
  const inputsAreKnown = listed.every(({ inputs }) => inputs.every((name) => known.has(name)));
  if (namesAreSound && inputsAreKnown) {
    const read = new Set([...listed.flatMap(({ inputs }) => inputs), ...ends.outputs]);
    for (const layer of listed) {
      if (layer.name === output || read.has(layer.name)) continue;
      problems.push({
        path: layer.path,
        message: `nothing reads the output of layer "${layer.name}"`,
        hint: 'name it in the `inputs` of a later layer, or remove it',
      });
    }
  }
  return { ordered, output };
}

/** The names given, and `<type>_<n>` for the others: `conv2d_1`, `conv2d_2`, `dense_1`. */
function nameLayers(
  specs: readonly LayerSpec[],
  list: readonly (string | number)[],
  inputs: readonly string[],
  problems: GraphProblem[],
): string[] {
  const taken = new Set<string>(inputs);
  specs.forEach(({ name }, position) => {
    if (name === undefined) return;
    const path = [...list, position, 'name'];
    if (inputs.includes(name)) {
      const what = list.length === 1 ? 'the data' : 'what a list of layers reads';
      problems.push({ path, message: `"${name}" is the name of ${what}`, hint: 'choose another name' });
    } else if (taken.has(name)) {
      problems.push({ path, message: `two layers are named "${name}"`, hint: 'layer names must differ' });
    }
    taken.add(name);
  });
  const counts = new Map<string, number>();
  return specs.map(({ name, type }) => {
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

function checkInputs(
  { definition, inputs, path }: ListedLayer,
  known: ReadonlySet<string>,
  outside: ReadonlySet<string>,
  problems: GraphProblem[],
): void {
  inputs.forEach((name, i) => {
    if (known.has(name)) return;
    const at = [...path, 'inputs', ...(inputs.length > 1 ? [i] : [])];
    problems.push({ path: at, message: `there is no layer named "${name}"`, hint: hintFor(name, known, outside) });
  });
  const { atLeast, atMost = Infinity } = definition.inputs ?? {};
  if (atLeast === undefined && inputs.length !== 1) {
    problems.push({ path: [...path, 'inputs'], message: `${definition.type} reads one layer, not ${inputs.length}` });
  }
  if (atLeast !== undefined && inputs.length < atLeast) {
    problems.push({ path, message: `${definition.type} needs at least ${atLeast} inputs`, hint: 'list them: `inputs: [a, b]`' });
  }
  if (inputs.length > atMost) {
    const message = `${definition.type} reads at most ${atMost} layers, not ${inputs.length}`;
    problems.push({ path: [...path, 'inputs'], message });
  }
}

function hintFor(name: string, known: ReadonlySet<string>, outside: ReadonlySet<string>): string {
  const container = name.split('.')[0]!;
  if (name !== container && known.has(container))
    return `what is within "${container}" is not seen from outside: read "${container}"`;
  if (outside.has(name)) return `"${name}" is outside of this list, whose layers see each other and "${inputName}"`;
  // Any two names of a letter are near each other.
  const meant = name.length > 2 ? nearestName(name, known) : undefined;
  return `${meant === undefined ? '' : `did you mean "${meant}"? `}layers: ${[...known].join(', ')}`;
}

/** Each layer after those it reads. What is not `known` is waited for by nobody, and a circle counts as read once it is noted. */
function sortTopologically(
  listed: readonly ListedLayer[],
  inputs: readonly string[],
  known: ReadonlySet<string>,
  problems: GraphProblem[],
): ListedLayer[] {
  const sorted: ListedLayer[] = [];
  const placed = new Set<string>(inputs);
  let waiting = [...listed];
  const place = (layer: ListedLayer): void => {
    sorted.push(layer);
    placed.add(layer.name);
    waiting = waiting.filter((other) => other !== layer);
  };
  while (waiting.length > 0) {
    // One at a time, in the order of the file, so that a sequential model keeps its order.
    const ready = waiting.find(({ inputs }) => inputs.every((name) => placed.has(name) || !known.has(name)));
    if (ready !== undefined) {
      place(ready);
      continue;
    }
    const cycle = findCycle(waiting);
    const message = `layers read each other in a circle: ${[...cycle, cycle[0]!].map(({ name }) => name).join(' <- ')}`;
    problems.push({ path: cycle[0]!.path, message });
    cycle.forEach(place);
  }
  return sorted;
}

/** Layers that all wait for each other: following inputs among them must come round. */
function findCycle(waiting: readonly ListedLayer[]): ListedLayer[] {
  const byName = new Map(waiting.map((layer) => [layer.name, layer]));
  const path: ListedLayer[] = [];
  let layer = waiting[0]!;
  while (!path.includes(layer)) {
    path.push(layer);
    layer = layer.inputs.map((name) => byName.get(name)).find((next) => next !== undefined)!;
  }
  return path.slice(path.indexOf(layer));
}
