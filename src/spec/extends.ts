import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Problem } from './config-error.js';
import { visible } from './excerpt.js';
import { type Source, type Span, newSource, readSource, wholeSource } from './source.js';
import type { ConfigNode, Entry, MapNode } from './tree.js';
import { parseYaml } from './yaml-tree.js';
import { describeValue } from './describe-value.js';

/** The longest chain of files that extend each other. */
const longestChain = 8;
/** The most files of one config, counting a file again where it is extended again. */
const mostFiles = 32;

/**
 * Reads a config and the files it extends into one tree: `extends: base.yaml` or a list, paths from the folder of the file that
 * says so. A later file of the list overrides an earlier one, and the file itself all of them. Gives nothing where a file cannot
 * be used; what is wrong goes to `problems`.
 */
export function readWithBases(file: string, problems: Problem[]): MapNode | undefined {
  return new Reader(problems).read(file, [], undefined);
}

class Reader {
  private readonly problems: Problem[];
  private files = 0;

  constructor(problems: Problem[]) {
    this.problems = problems;
  }

  read(file: string, chain: readonly string[], named: Span | undefined): MapNode | undefined {
    const source = readSource(file);
    if (!('text' in source)) {
      const whole = wholeSource(newSource('file', file, ''));
      const { message, hint } = source;
      const found = named === undefined ? message : `${visible(file)}: ${message}`;
      return this.fail(named ?? whole, found, hint, named === undefined ? [] : ['extends']);
    }
    const root = parseYaml(source, this.problems);
    if (root === undefined) return undefined;
    const map = this.topLevel(root, source);
    if (map === undefined || !this.checkVersion(map)) return undefined;
    return this.withBases(map, file, [...chain, file]);
  }

  private topLevel(root: ConfigNode, source: Source): MapNode | undefined {
    if (root.kind === 'map') return root;
    const empty = root.kind === 'scalar' && root.value === null;
    if (empty) return this.fail(wholeSource(source), 'is empty', 'a config starts with `version: 1`');
    const hint = root.kind === 'scalar' ? 'put a space after every colon' : 'remove the dash before `version: 1`';
    const span = root.kind === 'scalar' ? root.span : { ...root.span, end: root.span.start + 1 };
    return this.fail(span, `a config is a map of keys and values, found ${describeValue(root)}`, hint);
  }

  /** Of a file in another version nothing else can be said. */
  private checkVersion(map: MapNode): boolean {
    const version = map.entries.get('version')?.value;
    if (version?.kind !== 'scalar' || typeof version.value !== 'number' || version.value === 1) return true;
    const message = `this program reads version 1 of the config format, found version ${version.value}`;
    const hint = version.value > 1 ? 'use a newer nn for this file' : 'write `version: 1`';
    return this.fail(version.span, message, hint, ['version']) ?? false;
  }

  private withBases(map: MapNode, file: string, chain: readonly string[]): MapNode | undefined {
    const entry = map.entries.get('extends');
    if (entry === undefined) return map;
    map.entries.delete('extends');
    const listed = entry.value.kind === 'list' ? entry.value.items : [entry.value];
    let merged: MapNode | undefined;
    let complete = true;
    for (const node of listed) {
      const base = this.readBase(node, entry, file, chain);
      if (base === undefined) complete = false;
      else merged = merged === undefined ? base : (merge(merged, base) as MapNode);
    }
    if (!complete) return undefined;
    return merged === undefined ? map : (merge(merged, map) as MapNode);
  }

  private readBase(node: ConfigNode, { key }: Entry, file: string, chain: readonly string[]): MapNode | undefined {
    const span = node.kind === 'scalar' && node.span.end > node.span.start ? node.span : key;
    if (node.kind !== 'scalar' || typeof node.value !== 'string' || node.value === '') {
      return this.fail(span, `expected the path of a config file, found ${describeValue(node)}`, undefined, ['extends']);
    }
    const base = isAbsolute(node.value) ? node.value : join(dirname(file), node.value);
    const start = chain.findIndex((earlier) => resolve(earlier) === resolve(base));
    if (start >= 0) {
      const circle = [...chain.slice(start), base].map(visible).join(' → ');
      return this.fail(span, `files extend each other in a circle: ${circle}`, undefined, ['extends']);
    }
    if (chain.length >= longestChain) {
      return this.fail(span, `a chain of more than ${longestChain} files that extend each other`, undefined, ['extends']);
    }
    if (++this.files > mostFiles) {
      if (this.files > mostFiles + 1) return undefined; // said once
      return this.fail(span, `a config of more than ${mostFiles} files`, undefined, ['extends']);
    }
    return this.read(base, chain, span);
  }

  private fail(span: Span, message: string, hint?: string, path: readonly string[] = []): undefined {
    this.problems.push({ span, message, path, ...(hint === undefined ? {} : { hint }) });
  }
}

/**
 * `over` on top of `base`. Maps are merged key by key; lists and scalars are replaced. A map that names another `type` than its
 * base replaces it, since the options of one type mean nothing to another; and a map without `type` over a bare name adds options
 * to what the name stands for.
 */
export function merge(base: ConfigNode, over: ConfigNode): ConfigNode {
  if (over.kind !== 'map') return over;
  if (base.kind === 'scalar' && typeof base.value === 'string' && !over.entries.has('type')) return merge(named(base), over);
  if (base.kind !== 'map') return over;
  const [before, after] = [typeOf(base), typeOf(over)];
  if (before !== undefined && after !== undefined && before !== after) return over;
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const below = entries.get(key);
    entries.set(key, below === undefined ? entry : { key: entry.key, value: merge(below.value, entry.value) });
  }
  return { kind: 'map', entries, span: over.span };
}

/** `{type: name}`, which a bare name stands for. */
export const named = (name: ConfigNode): MapNode => ({
  kind: 'map',
  entries: new Map([['type', { key: name.span, value: name }]]),
  span: name.span,
});

function typeOf({ entries }: MapNode): unknown {
  const type = entries.get('type')?.value;
  return type?.kind === 'scalar' ? type.value : undefined;
}
