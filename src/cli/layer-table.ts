import type { GraphNode, LayerGraph } from '../graph/graph.js';
import { inputName } from '../graph/layer-list.js';
import { formatTable, wrap } from './format.js';

/** No more columns than a terminal has, if names can be broken so. */
const widest = 80;
const narrowestName = 12;

/**
 * A row for each layer, with what `cells` gives for the `columns` after its name and type: text, then numbers. What stands within a
 * container is indented below a row of the container's own. A layer that does not read the one in the row above, or as the first one
 * `firstInput`, tells what it reads.
 */
export function formatLayers(
  { nodes, containers }: LayerGraph,
  firstInput: string,
  columns: readonly string[],
  cells: (node: GraphNode) => string[],
): string {
  const head = ['layer', 'type', ...columns];
  const rows: string[][] = [];
  let [open, above]: [readonly string[], string] = [[], firstInput];
  for (const node of nodes) {
    const { within, name, inputs, definition } = node;
    within.forEach((part, depth) => {
      if (within.slice(0, depth + 1).every((one, i) => one === open[i])) return;
      rows.push([
        indent(depth) + part,
        containers.get(within.slice(0, depth + 1).join('.'))?.type ?? '',
        ...columns.map(() => ''),
      ]);
    });
    const reads = inputs.length === 1 && inputs[0] === above ? '' : ` <- ${inputs.map((one) => nameFor(node, one)).join(', ')}`;
    rows.push([
      `${indent(within.length)}${node.name.slice([...within, ''].join('.').length)}${reads}`,
      definition.type,
      ...cells(node),
    ]);
    [open, above] = [within, name];
  }
  const others = head.slice(1).map((title, i) => Math.max(title.length, ...rows.map((row) => row[i + 1]!.length)) + 2);
  const room = Math.max(narrowestName, widest - others.reduce((a, b) => a + b, 0));
  return formatTable(
    head,
    rows.map(([label, ...rest]) => [broken(label!, room), ...rest]),
    columns.slice(1).map((_, i) => i + 3),
  );
}

const indent = (depth: number): string => '  '.repeat(depth);

/** The name as it is known in the layer's list: what is not in it is what the list reads. */
function nameFor({ within }: GraphNode, name: string): string {
  if (within.length === 0) return name;
  const prefix = [...within, ''].join('.');
  return name.startsWith(prefix) ? name.slice(prefix.length) : inputName;
}

/** A label in lines of at most `room` characters, those after the first further to the right. */
function broken(label: string, room: number): string {
  if (label.length <= room) return label;
  const margin = `${/^ */.exec(label)![0]}  `;
  const pieces = label
    .trimStart()
    .split(' ')
    .flatMap((word) => word.match(new RegExp(`.{1,${Math.max(1, room - margin.length)}}`, 'g')) ?? []);
  const [first, ...others] = wrap(pieces.join(' '), Math.max(1, room - margin.length));
  return [margin.slice(2) + first, ...others.map((line) => margin + line)].join('\n');
}
