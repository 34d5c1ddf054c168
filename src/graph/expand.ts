import {
  type ContainerDefinition,
  type ContainerScope,
  type DescribeMisfit,
  type LayerDefinition,
  type LayerList,
  type LayerSpec,
  isContainer,
} from '../catalog/layer.js';
import { layers as catalogue } from '../catalog/layers/index.js';
import type { Chosen } from '../catalog/registry.js';
import type { ContainerOutline, GraphNode } from './graph.js';
import { GraphError, type GraphProblem } from './graph-error.js';
import { type GraphEnds, type ListedLayer, inputName, resolveList } from './layer-list.js';
import { type SharedPrefix, sharedPrefixes } from './weight-sharing.js';

type Path = GraphProblem['path'];

/** More than any model has; it keeps `repeat` within `repeat` from filling the memory. */
const mostLayers = 10_000;

/** A layer whose weights are not yet assigned. */
export interface ExpandedNode extends Omit<GraphNode, 'weightsOf'> {
  /** Lists around it that share their weights, the innermost first. */
  readonly sharing: readonly SharedPrefix[];
}

export interface Expanded {
  readonly nodes: readonly ExpandedNode[];
  /** The name of the layer whose output is the model's. */
  readonly output: string;
  /** By full name. */
  readonly containers: ReadonlyMap<string, ContainerOutline>;
  readonly problems: GraphProblem[];
}

/** Puts in place of each container what it stands for, to any depth. */
export function expandLayers(model: readonly LayerSpec[], { inputs, outputs }: GraphEnds): Expanded {
  const expansion = new Expansion(outputs);
  const data = new Map(inputs.map((name) => [name, name]));
  const output = expansion.list(model, { path: ['model'], within: [], sharing: [], outside: new Set(), frozen: false }, data);
  return { nodes: expansion.nodes, output, containers: expansion.containers, problems: expansion.problems };
}

/** Where a list of layers stands. */
interface Place {
  readonly path: Path;
  /** False where the container at `path` made the list itself. */
  readonly listed?: boolean;
  readonly within: readonly string[];
  readonly sharing: readonly SharedPrefix[];
  /** The names of the lists around it. */
  readonly outside: ReadonlySet<string>;
  /** Whether a container around it is not to be trained. */
  readonly frozen: boolean;
}

/** A layer or container to be added: a listed one, or one of a container's own. */
interface Added {
  readonly name: string;
  readonly definition: LayerDefinition | ContainerDefinition;
  readonly spec: LayerSpec;
  readonly path: Path;
  readonly misfit?: DescribeMisfit | undefined;
}

class Expansion {
  readonly nodes: ExpandedNode[] = [];
  readonly containers = new Map<string, ContainerOutline>();
  readonly problems: GraphProblem[] = [];
  private readonly taken = new Set<string>();
  private readonly told = new Set<string>();
  private readonly read: readonly string[];

  /** @param read the full names of layers that are read from outside the model */
  constructor(read: readonly string[]) {
    this.read = read;
  }

  /**
   * Adds the layers of a list, and gives the name of the layer that has its output.
   * @param inputs what the list reads: its names in the list, and the full ones
   */
  list(specs: readonly LayerSpec[], place: Place, inputs: ReadonlyMap<string, string>): string {
    const found: GraphProblem[] = [];
    const ends = { inputs: [...inputs.keys()], outputs: this.readWithin(place.within) };
    const { ordered, output } = resolveList(specs, place.path, ends, place.outside, found);
    this.tell(found);
    const outside = new Set([...place.outside, ...inputs.keys(), ...ordered.map(({ name }) => name)]);
    const outputs = new Map(inputs);
    for (const layer of ordered) {
      // After a problem names may lead nowhere; what is within is to be checked all the same.
      const inputs = layer.inputs.map((name) => outputs.get(name) ?? name);
      const path = place.listed === false ? place.path : layer.path;
      outputs.set(layer.name, this.add({ ...layer, path }, inputs, { ...place, path, outside }));
    }
    return outputs.get(output)!;
  }

  /** The names in a list of what is read from outside, or holds it. */
  private readWithin(within: readonly string[]): string[] {
    const prefix = within.map((part) => `${part}.`).join('');
    const below = this.read.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length).split('.'));
    return below.flatMap((parts) => parts.map((_, depth) => parts.slice(0, depth + 1).join('.')));
  }

  private add(added: Added | ListedLayer, inputs: readonly string[], place: Place): string {
    const { definition, spec, path } = added;
    const name = [...place.within, added.name].join('.');
    if (this.taken.has(name)) {
      this.tell([{ path: [...path, 'name'], message: `two layers are named "${name}"`, hint: 'layer names must differ' }]);
    }
    this.taken.add(name);
    if (isContainer(definition)) {
      const output = this.expand(definition, spec, { ...place, path, within: [...place.within, added.name] }, inputs);
      this.containers.set(name, { type: definition.type, inputs, output });
      return output;
    }
    if (this.nodes.length >= mostLayers) {
      throw new GraphError([{ path, message: `the model has more than ${mostLayers} layers` }]);
    }
    const misfit = 'misfit' in added && added.misfit !== undefined ? { misfit: added.misfit } : {};
    const { within, sharing, frozen } = place;
    const options = frozen ? { ...spec, trainable: false } : spec;
    this.nodes.push({ name, within, definition, options, inputs, path, sharing, ...misfit });
    return name;
  }

  private expand(definition: ContainerDefinition, spec: LayerSpec, place: Place, inputs: readonly string[]): string {
    const { path, within } = place;
    const inner = {
      ...place,
      sharing: sharedPrefixes(spec, path, within, place.sharing),
      frozen: place.frozen || spec.trainable === false,
    };
    const scope: ContainerScope = {
      inputs,
      sequence: (list, from, others = {}) => {
        if (list.layers.length === 0) return from;
        const sharing = shareParts(list, path, within, inner.sharing);
        const named = list.part === undefined ? within : [...within, list.part];
        const place = { ...inner, path: [...path, ...(list.path ?? [])], listed: list.path !== undefined };
        return this.list(
          list.layers,
          { ...place, within: named, sharing },
          new Map([[inputName, from], ...Object.entries(others)]),
        );
      },
      layer: (chosen, from, misfit) => this.add({ ...this.own(chosen, within), path, misfit }, from, inner),
    };
    return definition.expand(spec, scope);
  }

  /** A layer that a container adds, with a name that nothing in it has. */
  private own(chosen: Chosen, within: readonly string[]): Omit<Added, 'path'> {
    const definition = catalogue.get(chosen.type);
    let n = 1;
    while (this.taken.has([...within, `${chosen.type}_${n}`].join('.'))) n++;
    const spec = { ...definition.options.parse(chosen), type: chosen.type };
    return { name: `${chosen.type}_${n}`, definition, spec };
  }

  /** Notes problems; those of a list that is expanded several times once. */
  private tell(problems: readonly GraphProblem[]): void {
    for (const problem of problems) {
      const key = JSON.stringify([problem.path, problem.message]);
      if (!this.told.has(key)) this.problems.push(problem);
      this.told.add(key);
    }
  }
}

/** What a list shares, being a part of a container that has its parts share. */
function shareParts(
  { part, sharing: said }: LayerList,
  path: Path,
  within: readonly string[],
  around: readonly SharedPrefix[],
): readonly SharedPrefix[] {
  if (part === undefined || said === undefined) return around;
  const prefix = `${within.join('.')}.`;
  return [{ prefix: `${prefix}${part}.`, source: `${prefix}${said.part}.`, path: [...path, ...said.path] }, ...around];
}
