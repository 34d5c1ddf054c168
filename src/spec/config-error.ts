import { type Place, UserError } from '../errors.js';
import { excerpt, visible } from './excerpt.js';
import type { Span } from './source.js';
import type { BlockUse } from './tree.js';

/** Where in the config something is: keys and list positions from the top. */
export type ConfigPath = readonly (string | number)[];

/** One thing that is wrong with a config. */
export interface Problem {
  /** The text to point at; where it is empty, only the file is named. */
  readonly span: Span;
  readonly path?: ConfigPath;
  readonly message: string;
  readonly hint?: string;
  /** The uses of blocks that led to it, the outermost first, where they are not those along the path. */
  readonly uses?: readonly BlockUse[];
}

/** More would only scroll the first ones out of sight. */
const mostShown = 50;

/** Everything that is wrong with a config, in the order of the file, each with its place and source line. */
export class ConfigError extends UserError {
  readonly problems: readonly Problem[];

  /** @param file the config that was to be loaded; problems of the files it extends come after its own */
  constructor(problems: readonly Problem[], file: string) {
    const sorted = inOrder(problems, file);
    const shown = sorted.slice(0, mostShown).map(formatProblem);
    if (sorted.length > mostShown) shown.push(`… and ${sorted.length - mostShown} more`);
    if (sorted.length > 1) shown.push(`${sorted.length} errors in ${file}`);
    const place = placeOf(sorted[0]!.span);
    super(shown.join('\n'), { exit: 'usage', ...(place === undefined ? {} : { place }) });
    this.name = 'ConfigError';
    this.problems = sorted;
  }
}

/** `model.2.units` */
export const formatPath = (path: ConfigPath): string => visible(path.join('.'));

/** The file, line and column at which a span starts; nothing for a `--set`. */
export function placeOf({ source, start }: Span): Place | undefined {
  if (source.kind === 'override') return undefined;
  if (source.text === '') return { file: source.name };
  const { line, col } = source.lines.linePos(start);
  return { file: source.name, line: Math.max(line, 1), column: Math.max(col, 1) };
}

function formatProblem({ span, path = [], message, hint }: Problem): string {
  const place = placeOf(span);
  const where = place === undefined ? span.source.name : [place.file, place.line, place.column].filter((part) => part).join(':');
  const what = path.length > 0 ? ` ${formatPath(path)}:` : '';
  const first = `${visible(where)}${what === '' ? ':' : what} ${message}${hint === undefined ? '' : `; ${hint}`}`;
  return place === undefined || span.end === span.start ? first : `${first}\n${excerpt(span)}`;
}

function inOrder(problems: readonly Problem[], file: string): Problem[] {
  const rank = ({ source }: Span) => (source.kind === 'override' ? 2 : source.name === file ? 0 : 1);
  return [...problems].sort(({ span: a }, { span: b }) => {
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
    if (rank(a) === 2) return 0; // as they were given
    return a.source.name === b.source.name ? a.start - b.start : a.source.name < b.source.name ? -1 : 1;
  });
}
