import { parse } from 'yaml';
import type { ConfigPath } from './config-error.js';

/** Where a comment starts, unless the line is longer. */
const commentColumn = 48;

/**
 * Plain data as YAML that reads back as the same data. `comment` is asked for the end of every line that holds a value.
 */
export function printYaml(value: object, comment: (path: ConfigPath) => string | undefined = () => undefined): string {
  const lines: string[] = [];
  const line = (text: string, path: ConfigPath) => {
    const said = comment(path);
    lines.push(said === undefined ? text : `${text.padEnd(commentColumn)}  # ${said}`);
  };
  const print = (node: unknown, path: ConfigPath, lead: string, indent: string): void => {
    const entries = entriesOf(node);
    if (entries === undefined) {
      line(`${lead} ${printInline(node)}`, path);
      return;
    }
    // A dash opens a block on its own line; a key is followed by its block below.
    const inItem = lead.endsWith('-');
    if (!inItem) lines.push(lead);
    entries.forEach(([key, child], i) => {
      const head = Array.isArray(node) ? '-' : `${printScalar(String(key))}:`;
      const start = inItem && i === 0 ? `${lead} ` : indent;
      print(child, [...path, key], start + head, `${indent}  `);
    });
  };
  for (const [key, child] of entriesOf(value) ?? []) print(child, [key], `${printScalar(String(key))}:`, '  ');
  return `${lines.join('\n')}\n`;
}

/** The entries of what is printed over several lines; nothing for a scalar, an empty collection and a list of numbers. */
function entriesOf(node: unknown): [string | number, unknown][] | undefined {
  if (typeof node !== 'object' || node === null || isBareType(node)) return undefined;
  if (Array.isArray(node)) {
    return node.every((item) => typeof item === 'number') ? undefined : node.map((item, i) => [i, item]);
  }
  const entries = Object.entries(node).filter(([, child]) => child !== undefined);
  return entries.length === 0 ? undefined : entries;
}

/** `{type: relu}`, short enough for one line. */
const isBareType = (node: object): node is { type: string } =>
  'type' in node && typeof node.type === 'string' && Object.values(node).filter((value) => value !== undefined).length === 1;

function printInline(node: unknown): string {
  if (Array.isArray(node)) return `[${node.map(printScalar).join(', ')}]`;
  if (typeof node === 'object' && node !== null && isBareType(node)) return `{type: ${printScalar(node.type)}}`;
  return typeof node === 'object' && node !== null ? '{}' : printScalar(node);
}

function printScalar(value: unknown): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value !== 'string') return String(value);
  // JSON's strings are YAML's double-quoted ones.
  return isPlain(value) ? value : JSON.stringify(value);
}

/** Whether YAML reads the bare text back as this string, and not as a number, a word of its own or a structure. */
function isPlain(text: string): boolean {
  return /^[A-Za-z_.][\w./-]*( [\w./()-]+)*$/.test(text) && parse(text) === text;
}
