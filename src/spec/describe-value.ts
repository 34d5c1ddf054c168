import { quote } from './excerpt.js';
import type { ConfigNode } from './tree.js';

/** A value as an error message names it: `the string "12"`, `a list of 3`, `1e-3`. */
export function describeValue(node: ConfigNode): string {
  if (node.kind === 'map') return 'a map';
  if (node.kind === 'list') return node.items.length === 0 ? 'an empty list' : `a list of ${node.items.length}`;
  const { value } = node;
  if (typeof value === 'string') return value === '' ? 'an empty string' : `the string ${quote(value)}`;
  if (value === null) return 'nothing';
  return typeof value === 'number'
    ? asWritten(node.span.source.text.slice(node.span.start, node.span.end), value)
    : String(value);
}

/** The number as the file has it, so that it can be found there. */
function asWritten(text: string, value: number): string {
  if (text !== '' && text.length <= 40 && /^[-+.\w]+$/.test(text)) return text;
  if (Number.isNaN(value)) return '.nan';
  return Number.isFinite(value) ? String(value) : value > 0 ? '.inf' : '-.inf';
}
