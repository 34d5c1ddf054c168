import type { ConfigPath, Problem } from './config-error.js';
import { quote } from './excerpt.js';
import type { Fragments } from './fragments.js';
import { editDistance, nearestName } from './nearest-name.js';
import { type ConfigNode, keySpanAt, nodeAt, spanAt } from './tree.js';

/** A problem that knows which key it takes for which, so that one mistake is told once. */
export interface KeyProblem extends Problem {
  readonly suggests?: ConfigPath | undefined;
  readonly misses?: ConfigPath;
}

/** A key that does not exist at its place: what was meant, where it belongs, or what there is. */
export function unknownKey(tree: ConfigNode, fragments: Fragments, path: ConfigPath, key: string): KeyProblem {
  const keys = fragments.keysAt(path);
  const meant = nearestName(key, keys);
  const belongs = placesElsewhere(fragments, path, key);
  // One slip from a key that is valid here is likelier than a key of another place.
  const isSlip = meant !== undefined && editDistance(key, meant) <= 1;
  const suggest = belongs.length === 0 || isSlip ? meant : undefined;
  return {
    span: keySpanAt(tree, [...path, key]),
    path,
    message: `unknown key ${quote(key)}`,
    hint:
      suggest !== undefined
        ? `did you mean "${suggest}"?`
        : belongs.length > 0
          ? `it belongs ${belongs.slice(0, 2).join(' or ')}`
          : keys.length > 0
            ? `valid keys: ${keys.join(', ')}`
            : 'remove it',
    suggests: suggest === undefined ? undefined : [...path, suggest],
  };
}

/** Keys that nearly every map has say nothing about where a map belongs. */
const everywhere = new Set(['type', 'name']);

function placesElsewhere(fragments: Fragments, path: ConfigPath, key: string): string[] {
  if (everywhere.has(key)) return [];
  const here = fragments.placeOf(path);
  const places = fragments.placesOf(key);
  // Other types have the key here: the place is right, and the type may be wrong.
  if (places.includes(here)) return [];
  return places.filter((place) => fragments.isValidAt(place, key)).map(describePlace);
}

function describePlace(place: string): string {
  if (place === '') return 'at the top level';
  return place.endsWith('.*') ? `in an item of "${place.slice(0, -2)}"` : `under "${place}"`;
}

/** A required key that is not there, with what it is for. */
export function missingKey(tree: ConfigNode, fragments: Fragments, path: ConfigPath): KeyProblem {
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  const description = fragments.describe(path);
  return {
    span: spanAt(tree, path),
    path: parent,
    message: `missing key ${quote(key)}${description === undefined ? '' : `: ${asClause(description)}`}`,
    ...hintFor(tree, fragments, parent, key),
    misses: path,
  };
}

function hintFor(tree: ConfigNode, fragments: Fragments, parent: ConfigPath, key: string): { hint?: string } {
  if (key === 'version' && parent.length === 0) return { hint: 'add `version: 1` as the first line' };
  const holder = nodeAt(tree, parent);
  if (holder?.kind === 'scalar' && typeof holder.value === 'string')
    return { hint: `write {type: ${holder.value}, ${key}: ...}` };
  if (key !== 'type') return {};
  const types = fragments.typesAt(parent);
  const named = holder?.kind === 'map' ? [...holder.entries.keys()].find((name) => types.includes(name)) : undefined;
  return { hint: named === undefined ? `one of ${types.join(', ')}` : `write {type: ${named}, ...}` };
}

/** A description as the end of a sentence. */
function asClause(description: string): string {
  const clause = description.replace(/\.$/, '');
  return /^[A-Z][a-z ]/.test(clause) ? clause.slice(0, 1).toLowerCase() + clause.slice(1) : clause;
}
