import type { LayerSpec } from '../catalog/layer.js';
import { nearestName } from '../spec/nearest-name.js';
import type { ExpandedNode } from './expand.js';
import type { ContainerOutline, GraphNode } from './graph.js';
import type { GraphProblem } from './graph-error.js';

type Path = GraphProblem['path'];

/** Layers whose names begin with `prefix` use the weights of those that have `source` in its place. */
export interface SharedPrefix {
  readonly prefix: string;
  /** A prefix, or the container that a config names. */
  readonly source: string | Reference;
  /** The place in the config that says so. */
  readonly path: Path;
}

/** A name and the containers around the place where it is written. */
interface Reference {
  readonly name: string;
  readonly within: readonly string[];
  /** The type of what it is to be. */
  readonly type: string;
}

/** What the lists within a container share: what those around it do, and what its own `share_weights_with` adds. */
export function sharedPrefixes(
  { type, share_weights_with: name }: LayerSpec,
  path: Path,
  within: readonly string[],
  around: readonly SharedPrefix[],
): readonly SharedPrefix[] {
  if (name === undefined) return around;
  const source = { name, within: within.slice(0, -1), type };
  return [{ prefix: `${within.join('.')}.`, source, path: [...path, 'share_weights_with'] }, ...around];
}

/**
 * Finds the layer whose weights each layer uses: the one that its `share_weights_with` names, or that stands at the same place of
 * the list that its own one shares with; and where that one shares too, the first of them. A name means a layer of the same list,
 * else of the lists around it, from within outwards.
 */
export function resolveSharing(
  nodes: readonly ExpandedNode[],
  containers: ReadonlyMap<string, ContainerOutline>,
  problems: GraphProblem[],
): GraphNode[] {
  const resolver = new Resolver(nodes, containers, problems);
  return nodes.map((expanded) => {
    const node = withoutPrefixes(expanded);
    const link = resolver.linkOf(expanded);
    const layer = resolver.rootOf(expanded);
    return link === undefined || layer === undefined ? node : { ...node, weightsOf: { layer, path: link.path } };
  });
}

const withoutPrefixes = ({ sharing: _, ...node }: ExpandedNode): GraphNode => node;

interface Link {
  readonly target: ExpandedNode;
  readonly path: Path;
}

class Resolver {
  private readonly byName: ReadonlyMap<string, ExpandedNode>;
  private readonly types: ReadonlyMap<string, string>;
  private readonly problems: GraphProblem[];
  private readonly links = new Map<string, Link | undefined>();
  private readonly told = new Set<string>();

  constructor(nodes: readonly ExpandedNode[], containers: ReadonlyMap<string, ContainerOutline>, problems: GraphProblem[]) {
    this.byName = new Map(nodes.map((node) => [node.name, node]));
    this.types = new Map([
      ...nodes.map(({ name, definition }) => [name, definition.type] as const),
      ...[...containers].map(([name, { type }]) => [name, type] as const),
    ]);
    this.problems = problems;
  }

  /** The layer whose weights a layer is said to use. */
  linkOf(node: ExpandedNode): Link | undefined {
    if (!this.links.has(node.name)) this.links.set(node.name, this.findLink(node));
    return this.links.get(node.name);
  }

  /** The layer at the end of the links. */
  rootOf(node: ExpandedNode): string | undefined {
    const seen = [node];
    for (;;) {
      const link = this.linkOf(seen.at(-1)!);
      if (link === undefined) return seen.length === 1 ? undefined : this.trainedAlike(node, seen.at(-1)!);
      if (seen.includes(link.target)) {
        this.tell(link.path, `no layer has weights of its own: ${[...seen, link.target].map(({ name }) => name).join(' <- ')}`);
        return undefined;
      }
      seen.push(link.target);
    }
  }

  /** Refuses to share the weights of a layer that is trained with one that is not to be. */
  private trainedAlike(node: ExpandedNode, root: ExpandedNode): string | undefined {
    if (node.options.trainable !== false || root.options.trainable === false) return root.name;
    const message = `"${node.name}" is not to be trained, and "${root.name}", whose weights it uses, is`;
    this.tell([...node.path, 'trainable'], message, `say so of "${root.name}"`);
    return undefined;
  }

  private findLink(node: ExpandedNode): Link | undefined {
    const { options, definition, within, path } = node;
    if (options.share_weights_with !== undefined) {
      const place = [...path, 'share_weights_with'];
      const name = this.find({ name: options.share_weights_with, within, type: definition.type }, node.name, place);
      const target = name === undefined ? undefined : this.byName.get(name);
      return target && { target, path: place };
    }
    const [shared] = node.sharing;
    if (shared === undefined) return undefined;
    const { prefix, path: place } = shared;
    const source = typeof shared.source === 'string' ? shared.source : this.prefixOf(shared.source, prefix, place);
    if (source === undefined) return undefined;
    const target = this.byName.get(`${source}${node.name.slice(prefix.length)}`);
    if (target?.definition === definition) return { target, path: place };
    const found = target === undefined ? 'no such layer' : `a ${target.definition.type} in its place`;
    const hint = 'lists that share weights have the same layers';
    this.tell(place, `"${source.slice(0, -1)}" has ${found} as "${node.name}" (${definition.type})`, hint);
    return undefined;
  }

  private prefixOf(reference: Reference, prefix: string, path: Path): string | undefined {
    const name = this.find(reference, prefix.slice(0, -1), path);
    return name && `${name}.`;
  }

  /** The full name of what a reference means, which must be of its type and not be what refers to it. */
  private find({ name, within, type }: Reference, from: string, path: Path): string | undefined {
    const places = within.map((_, depth) => within.slice(0, within.length - depth).join('.') + '.');
    const full = [...places, ''].map((place) => place + name).find((candidate) => this.types.has(candidate));
    if (full === undefined) {
      const candidates = [...this.types].filter(([other, one]) => one === type && other !== from).map(([other]) => other);
      const meant = nearestName(name, candidates);
      const few = candidates.slice(0, 20).join(', ') + (candidates.length > 20 ? ', …' : '');
      const others = candidates.length === 0 ? `the model has no other ${type}` : `layers of this type: ${few}`;
      this.tell(path, `there is no layer named "${name}"`, meant === undefined ? others : `did you mean "${meant}"?`);
    } else if (full === from) {
      this.tell(path, `"${name}" is this layer itself`, 'name another one, or remove the key');
    } else if (this.types.get(full) !== type) {
      this.tell(
        path,
        `"${full}" is of type ${this.types.get(full)}, and this is a ${type}`,
        'only layers of one type share weights',
      );
    } else {
      return full;
    }
    return undefined;
  }

  private tell(path: Path, message: string, hint?: string): void {
    const key = JSON.stringify(path);
    if (!this.told.has(key)) this.problems.push({ path, message, ...(hint === undefined ? {} : { hint }) });
    this.told.add(key);
  }
}
