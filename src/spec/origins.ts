import { type ConfigPath, placeOf } from './config-error.js';
import type { Span } from './source.js';
import { type ConfigNode, follow } from './tree.js';

/** Where a value comes from. */
export type Origin = 'default' | '--set' | { readonly file: string; readonly line: number };

/** The origin of every value of the experiment, by its path (`model.2.units`). Empty maps and lists count as values. */
export function originsOf(experiment: object, tree: ConfigNode): Map<string, Origin> {
  const origins = new Map<string, Origin>();
  const visit = (value: unknown, path: ConfigPath): void => {
    if (value === undefined) return;
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    if (entries.length === 0) origins.set(path.join('.'), originOf(value, path, tree));
    for (const [key, child] of entries) visit(child, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  visit(experiment, []);
  return origins;
}

function originOf(value: unknown, path: ConfigPath, tree: ConfigNode): Origin {
  const { node, keySpan, key: depth } = follow(tree, path);
  const rest = path.slice(depth);
  // What a shorthand stands for was written too: the name of a type, the one number of a pair, the one item of a list.
  const shorthand = node.kind === 'scalar' && (rest.every((step) => typeof step === 'number') || isType(rest, value, node.value));
  if (depth < path.length && !shorthand) return 'default';
  const { source, start, end } = node.span;
  return toOrigin(end > start || source.kind === 'override' || keySpan === undefined ? node.span : keySpan);
}

const isType = (rest: ConfigPath, value: unknown, name: unknown): boolean => rest.join('.') === 'type' && value === name;

function toOrigin(span: Span): Origin {
  const place = placeOf(span);
  return place === undefined ? '--set' : { file: place.file, line: place.line ?? 1 };
}

export const formatOrigin = (origin: Origin): string => (typeof origin === 'string' ? origin : `${origin.file}:${origin.line}`);
