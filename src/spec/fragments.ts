import type { ConfigPath } from './config-error.js';
import { type Fragment, fileSchema } from './json-schema.js';
import { type ConfigNode, nodeAt } from './tree.js';

/** What the schema says about places of one config: the keys valid there, their descriptions, and where a key would belong. */
export class Fragments {
  private static schema: Fragment | undefined;
  private readonly root: Fragment = (Fragments.schema ??= fileSchema());
  private readonly tree: ConfigNode;

  constructor(tree: ConfigNode) {
    this.tree = tree;
  }

  /** Every alternative for the value at `path`; where the config names a `type`, only those of that type. */
  at(path: ConfigPath): Fragment[] {
    let fragments = this.alternatives(this.root, []);
    for (const [depth, step] of path.entries()) {
      const here = path.slice(0, depth + 1);
      fragments = fragments.flatMap((fragment) => childrenOf(fragment, step)).flatMap((child) => this.alternatives(child, here));
    }
    return fragments;
  }

  /** The keys that a map at `path` may have. */
  keysAt(path: ConfigPath): string[] {
    return [...new Set(this.at(path).flatMap(({ properties = {} }) => Object.keys(properties)))];
  }

  /** The types that a map at `path` may name. */
  typesAt(path: ConfigPath): string[] {
    const named = this.at(path.slice(0, -1))
      .flatMap((fragment) => childrenOf(fragment, path.at(-1) ?? ''))
      .flatMap((fragment) => this.expand(fragment));
    return [...new Set(named.flatMap(({ properties }) => (properties?.type?.const as string | undefined) ?? []))];
  }

  describe(path: ConfigPath): string | undefined {
    const parents = this.at(path.slice(0, -1));
    return parents.flatMap((parent) => childrenOf(parent, path.at(-1)!)).find(({ description }) => description)?.description;
  }

  /** Paths of maps that have the key, with `*` for any item of a list; the shallowest first. */
  placesOf(key: string): string[] {
    const places = new Map<string, number>();
    const visit = (fragment: Fragment, path: readonly string[]): void => {
      if (path.length > 4) return;
      for (const { properties = {}, items, additionalProperties } of this.expand(fragment)) {
        if (Object.hasOwn(properties, key)) places.set(path.join('.'), path.length);
        for (const [name, property] of Object.entries(properties)) visit(property, [...path, name]);
        for (const any of [items, additionalProperties]) if (typeof any === 'object') visit(any, [...path, '*']);
      }
    };
    visit(this.root, []);
    return [...places].sort(([, a], [, b]) => a - b).map(([place]) => place);
  }

  /** Whether a map at a place of `placesOf` may have the key, with the types that the config names on the way there. */
  isValidAt(place: string, key: string): boolean {
    const steps = place === '' ? [] : place.split('.').map((step) => (step === '*' ? -1 : step));
    return this.keysAt(steps).includes(key);
  }

  private alternatives(fragment: Fragment, path: ConfigPath): Fragment[] {
    const all = this.expand(fragment);
    const found = nodeAt(this.tree, [...path, 'type']);
    if (found?.kind !== 'scalar') return all;
    const ofType = all.filter(({ properties }) => properties?.type?.const === found.value);
    return ofType.length > 0 ? ofType : all;
  }

  private expand(fragment: Fragment): Fragment[] {
    const target = fragment.$ref === undefined ? fragment : this.resolve(fragment.$ref);
    const members = target.anyOf ?? target.oneOf;
    return members === undefined ? [target] : members.flatMap((member) => this.expand(member));
  }

  private resolve(reference: string): Fragment {
    let fragment: unknown = this.root;
    for (const step of reference.split('/').slice(1)) fragment = (fragment as Record<string, unknown>)[step];
    return fragment as Fragment;
  }
}

function childrenOf({ properties, prefixItems, items, additionalProperties }: Fragment, step: string | number): Fragment[] {
  const key = String(step);
  if (properties !== undefined && Object.hasOwn(properties, key)) return [properties[key]!];
  const item = typeof step === 'number' ? (prefixItems?.[step] ?? items) : additionalProperties;
  return typeof item === 'object' ? [item] : [];
}
