import {
  type BlockDefinition,
  isBlockUse,
  isRequired,
  readDefinitions,
  refuseUnused,
  scalarAt,
  whichParameter,
} from './block-definitions.js';
import { blockUseSchema, parameterOf } from './block-schema.js';
import type { ConfigPath, Problem } from './config-error.js';
import { quote } from './excerpt.js';
import { problemsOf } from './issues.js';
import { nearestName } from './nearest-name.js';
import type { Span } from './source.js';
import type { BlockUse, ConfigNode, Entry, ListNode, MapNode } from './tree.js';
import { toPlain } from './tree.js';
import { deepest } from './yaml-tree.js';

/** What all uses of blocks together may stand for. */
const mostValues = 100_000;

/** A tree without blocks, and the places whose block could not be put in. */
export interface Expanded {
  readonly tree: MapNode;
  readonly failed: readonly ConfigPath[];
  /** The names of blocks, sound or not. */
  readonly blocks: readonly string[];
}

/**
 * Takes `blocks` away and puts in place of each {type: block} layer a `sequential` of the block's layers, `$name` in them replaced
 * by the value of the parameter. The values keep the places where they were written, and the `sequential` that of its use.
 * Without a name of its own it is called after the block: `bottleneck_1`. What is wrong goes to `problems`.
 */
export function expandBlocks(root: MapNode, file: string, problems: Problem[]): Expanded {
  const definitions = readDefinitions(root, problems);
  refuseUnused(root, definitions, file, problems);
  const expansion = new Expansion(definitions, problems);
  const entries = new Map(root.entries);
  entries.delete('blocks');
  const model = entries.get('model');
  if (model !== undefined) entries.set('model', { ...model, value: expansion.value(model.value, new Map(), ['model'], []) });
  return { tree: { ...root, entries }, failed: expansion.failed, blocks: [...definitions.keys()] };
}

type Values = ReadonlyMap<string, ConfigNode>;

class Expansion {
  readonly failed: ConfigPath[] = [];
  private readonly definitions: ReadonlyMap<string, BlockDefinition | undefined>;
  private readonly problems: Problem[];
  private count = 0;
  private toldCount = false;

  constructor(definitions: ReadonlyMap<string, BlockDefinition | undefined>, problems: Problem[]) {
    this.definitions = definitions;
    this.problems = problems;
  }

  /**
   * The value with the parameters' values in it, and with layers in place of blocks.
   * @param uses the uses of blocks that led here, the outermost first
   */
  value(node: ConfigNode, values: Values, path: ConfigPath, uses: readonly BlockUse[]): ConfigNode {
    if (uses.length > 0) this.count++;
    if (node.kind === 'scalar') {
      const parameter = typeof node.value === 'string' ? parameterOf(node.value) : undefined;
      return (parameter === undefined ? undefined : values.get(parameter)) ?? node;
    }
    if (node.kind === 'list') {
      return { ...node, items: withNames(node.items.map((item, i) => this.item(item, values, [...path, i], uses))) };
    }
    const entries = [...node.entries].map(([key, { key: span, value }]): [string, Entry] => [
      key,
      { key: span, value: this.value(value, values, [...path, key], uses) },
    ]);
    return { ...node, entries: new Map(entries) };
  }

  /** An item of a list: a layer that stands for a block, or any value. */
  private item(node: ConfigNode, values: Values, path: ConfigPath, uses: readonly BlockUse[]): ConfigNode {
    const failedBefore = this.failed.length;
    const given = this.value(node, values, path, uses);
    if (!isBlockUse(given)) return given;
    // The values that it gives may have blocks in them.
    const layers = this.failed.length === failedBefore ? this.layersOf(given, path, uses) : undefined;
    if (layers !== undefined) return layers;
    this.failed.push(path);
    return given;
  }

  private layersOf(use: MapNode, path: ConfigPath, uses: readonly BlockUse[]): MapNode | undefined {
    const fail = (span: Span, message: string, hint?: string): undefined => {
      const below = use.entries.get('block')?.value.span === span ? [...path, 'block'] : path;
      this.problems.push({ span, path: below, message, ...(hint === undefined ? {} : { hint }), uses });
    };
    if (!this.isSound(use, path, uses)) return undefined;
    const named = scalarAt(use, 'block')!;
    const name = String(named.value);
    if (!this.definitions.has(name)) return fail(named.span, `there is no block named ${quote(name)}`, this.whichBlock(name));
    const definition = this.definitions.get(name);
    if (definition === undefined) return undefined; // said where it is defined
    const values = this.valuesFor(use, definition, fail);
    if (values === undefined) return undefined;
    if (path.length > deepest) return fail(named.span, `is nested more than ${deepest} deep`);
    if (this.count > mostValues) {
      if (!this.toldCount) fail(named.span, `blocks stand for more than ${mostValues} values`);
      this.toldCount = true;
      return undefined;
    }

    const all = [...uses, { block: name, span: use.span }];
    const layers = this.value(definition.layers, values, [...path, 'layers'], all) as ListNode;
    const type = use.entries.get('type')!;
    const kept = [...use.entries].filter(([key]) => key !== 'type' && key !== 'block' && key !== 'with');
    const entries: [string, Entry][] = [
      ['type', { key: type.key, value: { kind: 'scalar', value: 'sequential', span: type.value.span } }],
      ...kept,
      ['layers', { key: definition.key, value: layers }],
    ];
    return { kind: 'map', entries: new Map(entries), span: use.span, use: { block: name, span: use.span } };
  }

  /** Checks the keys of a use. They are those of any layer, wherever it stands. */
  private isSound(use: MapNode, path: ConfigPath, uses: readonly BlockUse[]): boolean {
    const { error } = blockUseSchema.safeParse(toPlain(use));
    if (error === undefined) return true;
    const at: ConfigPath = ['model', 0];
    const model: ListNode = { kind: 'list', items: [use], span: use.span };
    const root: MapNode = { kind: 'map', entries: new Map([['model', { key: use.span, value: model }]]), span: use.span };
    const issues = error.issues.map((issue) => ({ ...issue, path: [...at, ...issue.path] }));
    const found = problemsOf(issues, root, [...this.definitions.keys()]);
    this.problems.push(
      ...found.map((problem) => ({ ...problem, path: [...path, ...(problem.path ?? at).slice(at.length)], uses })),
    );
    return false;
  }

  /** What each parameter stands for; nothing where one is missing or unknown. */
  private valuesFor(
    use: MapNode,
    definition: BlockDefinition,
    fail: (span: Span, message: string, hint: string) => undefined,
  ): Map<string, ConfigNode> | undefined {
    const { name, parameters } = definition;
    const entry = use.entries.get('with');
    const given = entry?.value.kind === 'map' ? entry.value.entries : new Map<string, Entry>();
    const values = new Map([...parameters].map(([parameter, { value }]) => [parameter, value]));
    let sound = true;
    const misspelt = new Set<string>();
    for (const [parameter, { key, value }] of given) {
      if (parameters.has(parameter)) values.set(parameter, value);
      else {
        sound = false;
        const meant = nearestName(parameter, parameters.keys());
        if (meant !== undefined) misspelt.add(meant);
        fail(key, `block ${quote(name)} has no parameter ${quote(parameter)}`, whichParameter(parameter, definition));
      }
    }
    const isMissing = (parameter: string): boolean => isRequired({ key: definition.key, value: values.get(parameter)! });
    const missing = [...parameters.keys()].filter(isMissing);
    const untold = missing.filter((parameter) => !misspelt.has(parameter));
    if (untold.length > 0) {
      const example = untold.map((parameter) => `${parameter}: ...`).join(', ');
      const what = `the parameter${untold.length > 1 ? 's' : ''} ${untold.map((parameter) => quote(parameter)).join(', ')}`;
      fail(use.span, `block ${quote(name)} needs ${what}`, `write with: {${example}}`);
    }
    return sound && missing.length === 0 ? values : undefined;
  }

  private whichBlock(name: string): string {
    const names = [...this.definitions.keys()];
    const meant = nearestName(name, names);
    if (meant !== undefined) return `did you mean "${meant}"?`;
    return names.length === 0 ? 'define it under `blocks` at the top level' : `blocks: ${names.join(', ')}`;
  }
}

/** Names the blocks of a list that have no name after what they are: `bottleneck_1`, `bottleneck_2`. */
function withNames(items: ConfigNode[]): ConfigNode[] {
  const taken = new Set(items.flatMap((item) => scalarAt(item, 'name')?.value ?? []));
  const counts = new Map<string, number>();
  return items.map((item) => {
    if (item.kind !== 'map' || item.use === undefined || item.entries.has('name')) return item;
    const { block, span } = item.use;
    let name: string;
    do {
      counts.set(block, (counts.get(block) ?? 0) + 1);
      name = `${block}_${counts.get(block)}`;
    } while (taken.has(name));
    const [type, ...others] = item.entries;
    const entries = new Map([
      type!,
      ['name', { key: span, value: { kind: 'scalar', value: name, span } }] as [string, Entry],
      ...others,
    ]);
    return { ...item, entries };
  });
}
