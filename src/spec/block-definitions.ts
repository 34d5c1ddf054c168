import { blockType, blocksSchema, parameterOf } from './block-schema.js';
import type { Problem } from './config-error.js';
import { quote } from './excerpt.js';
import { problemsOf } from './issues.js';
import { nearestName } from './nearest-name.js';
import type { Span } from './source.js';
import { type ConfigNode, type Entry, type ListNode, type MapNode, type ScalarNode, spanAt, toPlain } from './tree.js';

/** A block as `blocks` has it. */
export interface BlockDefinition {
  readonly name: string;
  /** Where its name is written. */
  readonly key: Span;
  readonly parameters: ReadonlyMap<string, Entry>;
  readonly layers: ListNode;
}

/** Whether the map is a layer that stands for a block. Only items of lists are layers. */
export const isBlockUse = (node: ConfigNode): node is MapNode =>
  node.kind === 'map' && scalarAt(node, 'type')?.value === blockType;

/** The scalar under a key of a map, if one is there. */
export function scalarAt(node: ConfigNode, key: string): ScalarNode | undefined {
  const found = node.kind === 'map' ? node.entries.get(key)?.value : undefined;
  return found?.kind === 'scalar' ? found : undefined;
}

/** Whether the value of a parameter must be given. */
export const isRequired = ({ value }: Entry): boolean => value.kind === 'scalar' && value.value === null;

/** The names that uses of blocks within a value give, each with the place where it is written. */
export function usesWithin(node: ConfigNode): { name: string; span: Span }[] {
  if (node.kind === 'scalar') return [];
  const children = node.kind === 'list' ? node.items : [...node.entries.values()].map(({ value }) => value);
  const here = node.kind === 'list' ? node.items.filter(isBlockUse).map((use) => scalarAt(use, 'block')) : [];
  const named = here.flatMap((name) => (typeof name?.value === 'string' ? [{ name: name.value, span: name.span }] : []));
  return [...named, ...children.flatMap(usesWithin)];
}

/** The definitions of a config, by name; what is wrong with one goes to `problems`, and only its name is known then. */
export function readDefinitions(root: MapNode, problems: Problem[]): Map<string, BlockDefinition | undefined> {
  const definitions = new Map<string, BlockDefinition | undefined>();
  const entry = root.entries.get('blocks');
  if (entry === undefined) return definitions;
  const { issues = [] } = blocksSchema.safeParse(toPlain(entry.value)).error ?? {};
  problems.push(
    ...problemsOf(
      issues.map((issue) => ({ ...issue, path: ['blocks', ...issue.path] })),
      root,
    ),
  );
  if (entry.value.kind !== 'map') return definitions;
  for (const [name, { key, value }] of entry.value.entries) {
    const isSound = !issues.some(({ path }) => path[0] === name);
    definitions.set(name, isSound ? check(definitionOf(name, key, value as MapNode), problems) : undefined);
  }
  for (const name of refuseCircles(definitions, problems)) definitions.set(name, undefined);
  return definitions;
}

function definitionOf(name: string, key: Span, { entries }: MapNode): BlockDefinition {
  const parameters = entries.get('parameters')?.value;
  const layers = entries.get('layers')!.value as ListNode;
  return { name, key, parameters: parameters?.kind === 'map' ? parameters.entries : new Map<string, Entry>(), layers };
}

/** Checks that the layers use the parameters that there are. Gives nothing where they do not. */
function check(definition: BlockDefinition, problems: Problem[]): BlockDefinition | undefined {
  const { name, parameters, layers } = definition;
  const found: Problem[] = [];
  const path = ['blocks', name];
  const used = new Set<string>();
  for (const { node, key, path: below } of dollars(layers, [...path, 'layers'])) {
    const parameter = parameterOf(node.value);
    const report = (message: string, hint: string): void => void found.push({ span: node.span, path: below, message, hint });
    if (parameter === undefined) {
      report(`${quote(node.value)} is no parameter`, 'a parameter stands for a whole value: $name, and nothing else');
    } else if (key === 'block') {
      report('which block it is cannot be a parameter', 'name the block');
    } else if (!parameters.has(parameter)) {
      report(`block ${quote(name)} has no parameter ${quote(parameter)}`, whichParameter(parameter, definition));
    }
    if (parameter !== undefined) used.add(parameter);
  }
  for (const [parameter, { key, value }] of parameters) {
    const place = [...path, 'parameters', parameter];
    const [inDefault] = dollars(value, place);
    if (inDefault !== undefined) {
      const message = `the default of ${quote(parameter)} cannot have a parameter in it`;
      found.push({ span: inDefault.node.span, path: inDefault.path, message, hint: 'use that parameter in the layers instead' });
    }
    const misspelt = [...used].some((one) => !parameters.has(one) && nearestName(one, [parameter]) === parameter);
    if (used.has(parameter) || misspelt) continue;
    const message = `block ${quote(name)} does not use its parameter ${quote(parameter)}`;
    found.push({ span: key, path: place, message, hint: `write $${parameter} where its value belongs, or remove it` });
  }
  problems.push(...found);
  return found.length === 0 ? definition : undefined;
}

/** What to do about a parameter that a block has not. */
export function whichParameter(name: string, { parameters }: BlockDefinition): string {
  const meant = nearestName(name, parameters.keys());
  if (meant !== undefined) return `did you mean "${meant}"?`;
  return parameters.size === 0 ? 'it has no parameters' : `its parameters: ${[...parameters.keys()].join(', ')}`;
}

interface Dollar {
  readonly node: ScalarNode & { readonly value: string };
  /** The key that holds it, if one does. */
  readonly key: string | undefined;
  readonly path: readonly (string | number)[];
}

/** Every text within a value that starts with `$`. */
function dollars(node: ConfigNode, path: readonly (string | number)[], key?: string): Dollar[] {
  if (node.kind === 'list') return node.items.flatMap((item, i) => dollars(item, [...path, i]));
  if (node.kind === 'map') return [...node.entries].flatMap(([name, { value }]) => dollars(value, [...path, name], name));
  return typeof node.value === 'string' && node.value.startsWith('$')
    ? [{ node: { ...node, value: node.value }, key, path }]
    : [];
}

/** Gives the names of blocks that use each other in a circle. */
function refuseCircles(definitions: ReadonlyMap<string, BlockDefinition | undefined>, problems: Problem[]): Set<string> {
  const circular = new Set<string>();
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    const definition = definitions.get(name);
    if (definition === undefined || done.has(name)) return;
    const values = [definition.layers, ...[...definition.parameters.values()].map(({ value }) => value)];
    for (const use of values.flatMap(usesWithin)) {
      const start = [...trail, name].indexOf(use.name);
      if (start < 0) {
        visit(use.name, [...trail, name]);
        continue;
      }
      const circle = [...trail, name].slice(start);
      circle.forEach((one) => circular.add(one));
      const message = `blocks use each other in a circle: ${[...circle, use.name].join(' -> ')}`;
      problems.push({ span: use.span, path: ['blocks', name], message });
    }
    done.add(name);
  };
  for (const name of definitions.keys()) visit(name, []);
  return circular;
}

/** Tells of blocks that the model does not use; those of a file that is extended may be for others. */
export function refuseUnused(
  root: MapNode,
  definitions: ReadonlyMap<string, BlockDefinition | undefined>,
  file: string,
  problems: Problem[],
): void {
  const used = new Set<string>();
  const follow = (node: ConfigNode): void => {
    for (const { name } of usesWithin(node)) {
      if (used.has(name)) continue;
      used.add(name);
      const entry = root.entries.get('blocks')?.value;
      const definition = entry?.kind === 'map' ? entry.entries.get(name)?.value : undefined;
      if (definition !== undefined) follow(definition);
    }
  };
  const model = root.entries.get('model')?.value;
  if (model === undefined) return;
  follow(model);
  for (const [name, definition] of definitions) {
    const isOwn = definition?.key.source.kind === 'override' || definition?.key.source.name === file;
    if (definition === undefined || used.has(name) || !isOwn) continue;
    const hint = `use it in the model: {type: block, block: ${name}}, or remove it`;
    problems.push({ span: spanAtKey(definition), path: ['blocks'], message: `nothing uses the block ${quote(name)}`, hint });
  }
}

const spanAtKey = ({ key, layers }: BlockDefinition): Span => (key.end > key.start ? key : spanAt(layers, []));
