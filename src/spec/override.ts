import type { Problem } from './config-error.js';
import { describeValue } from './describe-value.js';
import { named } from './extends.js';
import { type Span, newSource, wholeSource } from './source.js';
import type { ConfigNode, Entry, MapNode } from './tree.js';
import { parseYaml } from './yaml-tree.js';

/**
 * Sets one value of the tree, in place: `a.b.c=value`, the value in YAML, a number for a position in a list (`model.2.units=64`).
 * What is set replaces what was there; `null` takes the key away, so that its default counts. Below a bare name, options are
 * added to it: `optimizer.beta_1=0.8` makes `optimizer: adam` a map.
 */
export function applyOverride(root: MapNode, argument: string, problems: Problem[]): void {
  const equals = argument.indexOf('=');
  const name = `--set ${argument.length > 60 ? `${argument.slice(0, 60)}…` : argument}`;
  const source = newSource('override', name, equals < 0 ? '' : argument.slice(equals + 1));
  const whole = wholeSource(source);
  const fail = (message: string, hint?: string, path: readonly string[] = []) =>
    void problems.push({ span: whole, message, path, ...(hint === undefined ? {} : { hint }) });

  const path = argument.slice(0, Math.max(equals, 0)).split('.');
  if (equals < 0 || path.some((key) => key === '')) {
    return fail('expected a path, "=" and a value', 'for example --set train.epochs=20');
  }
  if (path.includes('__proto__')) return fail('unknown key "__proto__"');
  if (path[0] === 'extends') return fail('`extends` stands in the file only');
  const value = parseYaml(source, problems);
  if (value === undefined) return;

  let node: ConfigNode = root;
  for (const [depth, key] of path.slice(0, -1).entries()) {
    const child: ConfigNode | undefined = childOf(node, key);
    if (child === undefined && node.kind === 'list') return fail(noItem(node, key), undefined, path.slice(0, depth));
    const container: ConfigNode | string = child === undefined ? emptyMap(whole) : asContainer(child, whole);
    if (typeof container === 'string') return fail(container, 'set it as a whole', path.slice(0, depth + 1));
    if (container !== child) put(node, key, container, whole);
    node = container;
  }
  const last = path.at(-1)!;
  if (node.kind === 'list' && childOf(node, last) === undefined) return fail(noItem(node, last), undefined, path.slice(0, -1));
  const removes = value.kind === 'scalar' && value.value === null && source.text !== '';
  if (removes && node.kind === 'map') node.entries.delete(last);
  else put(node, last, value, whole);
}

const emptyMap = (span: Span): MapNode => ({ kind: 'map', entries: new Map<string, Entry>(), span });

function childOf(node: ConfigNode, key: string): ConfigNode | undefined {
  if (node.kind === 'map') return node.entries.get(key)?.value;
  return node.kind === 'list' && /^\d+$/.test(key) ? node.items[Number(key)] : undefined;
}

/** The child as something that has keys, or why it has none. */
function asContainer(child: ConfigNode, span: Span): ConfigNode | string {
  if (child.kind !== 'scalar') return child;
  if (child.value === null) return emptyMap(span);
  return typeof child.value === 'string' ? { ...named(child), span } : `is ${describeValue(child)}, which has no keys`;
}

function put(node: ConfigNode, key: string, value: ConfigNode, span: Span): void {
  if (node.kind === 'map') node.entries.set(key, { key: node.entries.get(key)?.key ?? span, value });
  else if (node.kind === 'list') node.items[Number(key)] = value;
}

function noItem({ items }: { items: readonly ConfigNode[] }, key: string): string {
  return items.length === 0
    ? 'is an empty list: it cannot be set item by item'
    : `there is no item ${JSON.stringify(key)}: the ${items.length} items are 0${items.length > 1 ? ` to ${items.length - 1}` : ''}`;
}
