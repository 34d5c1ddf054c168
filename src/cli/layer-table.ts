import type { GraphNode, LayerGraph } from '../graph/graph.js';
import { inputName } from '../graph/layer-list.js';
import { formatTable, wrap } from './format.js';

/** No more columns than a terminal has, if names can be broken so. */
const widest = 80;
const narrowestName = 12;

/**
 * A row for each layer, with what `cells` gives for the `columns` after its name and type: text, then numbers. What stands within a
 * container is indented below a row of the container's own. What does not read the one above it in its list, or as the first of a list
 * what the list reads, tells what it reads.
 * @param data what the first layer reads if it does not say
 */
export function formatLayers(
  { nodes, containers }: LayerGraph,
  data: string,
  columns: readonly string[],
  cells: (node: GraphNode) => string[],
): string {
  const rows: string[][] = [];
  /** The layer of the last row of each list, by what is around the list. */
  const above = new Map<string, string>();
  const add = (within: readonly string[], name: string, inputs: readonly string[], output: string, rest: string[]): void => {
    const list = within.join('.');
    const names = inputs.map((input) => nameWithin(within, input));
    const [only, ...others] = inputs;
    const isAbove = above.has(list) ? above.get(list) === only : names[0] === (within.length === 0 ? data : inputName);
    const reads = inputs.length === 0 || (isAbove && others.length === 0) ? '' : ` <- ${names.join(', ')}`;
    rows.push([`${'  '.repeat(within.length)}${name}${reads}`, ...rest]);
    above.set(list, output);
  };
  let open: readonly string[] = [];
  for (const { within, name, inputs, definition, ...node } of nodes) {
    for (const [depth, part] of within.entries()) {
      const full = within.slice(0, depth + 1);
      if (full.every((one, i) => one === open[i])) continue;
      const container = containers.get(full.join('.'));
      const blank = columns.map(() => '');
      if (container === undefined) rows.push([`${'  '.repeat(depth)}${part}`, '', ...blank]);
      else add(full.slice(0, -1), part, container.inputs, container.output, [container.type, ...blank]);
    }
    const own = nameWithin(within, name);
    add(within, own, inputs, name, [definition.type, ...cells({ within, name, inputs, definition, ...node })]);
    open = within;
  }
  const head = ['layer', 'type', ...columns];
  const others = head.slice(1).map((title, i) => Math.max(title.length, ...rows.map((row) => row[i + 1]!.length)) + 2);
  const room = Math.max(narrowestName, widest - others.reduce((a, b) => a + b, 0));
  return formatTable(
    head,
    rows.map(([label, ...rest]) => [broken(label!, room), ...rest]),
    columns.slice(1).map((_, i) => i + 3),
  );
}

/** The name as it is known in a list: what is not in the list is what the list reads. */
function nameWithin(within: readonly string[], name: string): string {
  if (within.length === 0) return name;
  const prefix = [...within, ''].join('.');
  return name.startsWith(prefix) ? name.slice(prefix.length) : inputName;
}

/** A label in lines of at most `room` characters, those after the first further to the right. */
function broken(label: string, room: number): string {
  if (label.length <= room) return label;
  const indent = /^ */.exec(label)![0];
  const margin = `${indent}  `;
  const length = Math.max(1, room - margin.length);
  const [first, ...others] = wrap(
    label
      .trimStart()
      .split(' ')
      .flatMap((word) => pieces(word, length))
      .join(' '),
    length,
  );
  return [indent + first, ...others.map((line) => margin + line)].join('\n');
}

/** A long word in parts, which end at a `.` or `_` where one is near. */
function pieces(word: string, length: number): string[] {
  if (word.length <= length) return [word];
  const end = Math.max(word.lastIndexOf('.', length - 1), word.lastIndexOf('_', length - 1)) + 1;
  const at = end > length / 2 ? end : length;
  return [word.slice(0, at), ...pieces(word.slice(at), length)];
}
