import type { ConfigPath } from './config-error.js';
import type { Span } from './source.js';

/** Config as it was written: every value knows its place. After `extends` and `--set` one tree has values of many sources. */
export type ConfigNode = MapNode | ListNode | ScalarNode;

export interface MapNode {
  readonly kind: 'map';
  readonly entries: Map<string, Entry>;
  readonly span: Span;
  /** The use of a block that it stands in the place of, if it does. */
  readonly use?: BlockUse;
}

/** A layer that stood for a block's layers. */
export interface BlockUse {
  readonly block: string;
  readonly span: Span;
}

export interface Entry {
  readonly key: Span;
  readonly value: ConfigNode;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: ConfigNode[];
  readonly span: Span;
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  readonly span: Span;
}

/** The value at a path. */
export function nodeAt(root: ConfigNode, path: ConfigPath): ConfigNode | undefined {
  const { node, key } = follow(root, path);
  return key === path.length ? node : undefined;
}

/**
 * What an error at `path` points at: the value; for a block of lines, the key above it; for what is not there, what holds it.
 */
export function spanAt(root: ConfigNode, path: ConfigPath): Span {
  const { node, keySpan, key } = follow(root, path);
  if (key === 0) return { ...node.span, end: node.span.start, start: node.span.start };
  const { source, start, end } = node.span;
  if (source.kind === 'override') return node.span;
  const inBrackets = /^[[{].*$/.test(source.text.slice(start, end).trimEnd());
  const readable = end > start && (node.kind === 'scalar' || inBrackets);
  return readable || keySpan === undefined ? node.span : keySpan;
}

/** The key at the end of a path, or as `spanAt` where there is none. */
export function keySpanAt(root: ConfigNode, path: ConfigPath): Span {
  const parent = nodeAt(root, path.slice(0, -1));
  const entry = parent?.kind === 'map' ? parent.entries.get(String(path.at(-1))) : undefined;
  return entry?.key ?? spanAt(root, path);
}

/** As far as the tree goes: the node there, the key that holds it, and how many steps of the path led to it. */
export function follow(root: ConfigNode, path: ConfigPath): { node: ConfigNode; keySpan: Span | undefined; key: number } {
  let node = root;
  let keySpan: Span | undefined;
  for (const [key, step] of path.entries()) {
    const entry: Entry | undefined = node.kind === 'map' ? node.entries.get(String(step)) : undefined;
    const next: ConfigNode | undefined = node.kind === 'list' ? node.items[Number(step)] : entry?.value;
    if (next === undefined) return { node, keySpan, key };
    keySpan = entry?.key;
    node = next;
  }
  return { node, keySpan, key: path.length };
}

/** Without the places. Maps have no prototype: `constructor` is a key like any other. */
export function toPlain(node: ConfigNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(toPlain);
  const plain = Object.create(null) as Record<string, unknown>;
  for (const [key, { value }] of node.entries) plain[key] = toPlain(value);
  return plain;
}
