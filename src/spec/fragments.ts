import type { ConfigPath } from './config-error.js';
import { type Fragment, dereference, fileSchema } from './json-schema.js';
import { type ConfigNode, nodeAt } from './tree.js';

/** A map of the schema, at the place where it first occurs. */
interface SchemaMap {
  readonly fragment: Fragment;
  readonly place: string;
}

/** What the schema says about places of one config: the keys valid there, their descriptions, and where a key would belong. */
export class Fragments {
  private static schema: Fragment | undefined;
  private static found: { maps: readonly SchemaMap[]; firstPlaces: ReadonlyMap<string, readonly string[]> } | undefined;
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
    const children = this.at(path.slice(0, -1)).flatMap((parent) => childrenOf(parent, path.at(-1)!));
    return children.map((child) => dereference(this.root, child)).find(({ description }) => description)?.description;
  }

  /** Paths of maps that have the key, with `*` for any item of a list; the shallowest first. What occurs at several is told once. */
  placesOf(key: string): string[] {
    const has = ({ properties = {} }: Fragment) => Object.hasOwn(properties, key);
    return [...new Set(this.maps.filter(({ fragment }) => has(fragment)).map(({ place }) => place))];
  }

  /** The place that `placesOf` gives for what is at `path`: the first of those at which it may be, `model.*` for every layer. */
  placeOf(path: ConfigPath): string {
    let place: string[] = [];
    for (const [depth, step] of path.entries()) {
      const children = this.at(path.slice(0, depth)).flatMap((fragment) => childrenOf(fragment, step));
      const reference = children.find(({ $ref }) => $ref !== undefined)?.$ref;
      const first = reference === undefined ? undefined : this.firstPlaces.get(reference);
      place = first === undefined ? [...place, typeof step === 'number' ? '*' : step] : [...first];
    }
    return place.join('.');
  }

  private get maps(): readonly SchemaMap[] {
    return (Fragments.found ??= this.findMaps()).maps;
  }

  private get firstPlaces(): ReadonlyMap<string, readonly string[]> {
    return (Fragments.found ??= this.findMaps()).firstPlaces;
  }

  /** Every map of the schema with its place, breadth first; what is referred to where it comes first. */
  private findMaps(): { maps: SchemaMap[]; firstPlaces: Map<string, readonly string[]> } {
    const maps: SchemaMap[] = [];
    const firstPlaces = new Map<string, readonly string[]>();
    const waiting: { fragment: Fragment; place: readonly string[] }[] = [{ fragment: this.root, place: [] }];
    for (const { fragment, place } of waiting) {
      if (fragment.$ref !== undefined) {
        if (firstPlaces.has(fragment.$ref)) continue;
        firstPlaces.set(fragment.$ref, place);
      }
      for (const one of this.expand(fragment)) {
        const { properties = {}, items, additionalProperties } = one;
        maps.push({ fragment: one, place: place.join('.') });
        for (const [name, property] of Object.entries(properties)) waiting.push({ fragment: property, place: [...place, name] });
        for (const any of [items, additionalProperties]) {
          if (typeof any === 'object') waiting.push({ fragment: any, place: [...place, '*'] });
        }
      }
    }
    return { maps, firstPlaces };
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
    const target = dereference(this.root, fragment);
    const members = target.anyOf ?? target.oneOf;
    return members === undefined ? [target] : members.flatMap((member) => this.expand(member));
  }
}

function childrenOf({ properties, prefixItems, items, additionalProperties }: Fragment, step: string | number): Fragment[] {
  const key = String(step);
  if (properties !== undefined && Object.hasOwn(properties, key)) return [properties[key]!];
  const item = typeof step === 'number' ? (prefixItems?.[step] ?? items) : additionalProperties;
  return typeof item === 'object' ? [item] : [];
}
