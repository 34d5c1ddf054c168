import {
  type Document,
  Lexer,
  type Node,
  type ParsedNode,
  type YAMLError,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
} from 'yaml';
import type { Problem } from './config-error.js';
import { quote } from './excerpt.js';
import { type Source, type Span, wholeSource } from './source.js';
import type { ConfigNode, Entry } from './tree.js';

/** Deeper than any config, and shallow enough for every recursive reader of it. */
export const deepest = 64;
/** The most indented a line may be: together with `deepest` it bounds the recursion of the YAML parser. */
const widest = 256;
/** What all aliases together may stand for. */
const mostAliased = 10_000;

/** Reads one YAML 1.2 document. Gives nothing where it is too broken to go on; what is wrong goes to `problems`. */
export function parseYaml(source: Source, problems: Problem[]): ConfigNode | undefined {
  const nested = tooDeep(source);
  if (nested !== undefined) {
    // Still to be counted, so that the place can be told.
    for (let i = 0; i <= source.text.length; i++) if (i === 0 || source.text[i - 1] === '\n') source.lines.addNewLine(i);
    problems.push({ span: nested, message: `is nested more than ${deepest} deep` });
    return undefined;
  }
  const document = parseDocument(source.text, {
    version: '1.2',
    schema: 'core',
    lineCounter: source.lines,
    prettyErrors: false,
    stringKeys: true,
    resolveKnownTags: false,
    logLevel: 'error',
  });
  const errors = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  // What follows a syntax error is the parser's guess.
  const syntax = errors.findIndex(({ code }) => !wellFormed.has(code));
  for (const error of syntax < 0 ? errors : errors.slice(0, syntax + 1)) problems.push(describe(error, source));
  if (syntax >= 0) return undefined;
  if (document.directives?.yaml.explicit === true && document.directives.yaml.version !== '1.2') {
    const found = document.directives.yaml.version;
    problems.push({
      span: wholeSource(source),
      message: `is YAML ${found}`,
      hint: 'remove the %YAML line: a config is YAML 1.2',
    });
    return undefined;
  }
  if (document.contents === null) return { kind: 'scalar', value: null, span: wholeSource(source) };
  const reader = new TreeReader(source, document, problems);
  const root = reader.read(document.contents, 0);
  return reader.stopped ? undefined : root;
}

/** Errors after which the document's structure is still known. */
const wellFormed = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED', 'MULTIPLE_DOCS']);

function describe({ code, message, pos }: YAMLError, source: Source): Problem {
  const word = /^[^\s:,[\]{}]*/.exec(source.text.slice(pos[0]))?.[0] ?? '';
  // What is missing at the end of the text is shown after its last word.
  const start = Math.min(pos[0], source.text.trimEnd().length);
  const span = (length = pos[1] - pos[0]): Span => ({ source, start, end: start + Math.max(1, length) });
  switch (code) {
    case 'TAB_AS_INDENT':
      return { span: span(), message: 'a tab cannot indent YAML', hint: 'use spaces' };
    case 'DUPLICATE_KEY': {
      const key = word.replace(/^["']|["']$/g, '');
      return { span: span(word.length), message: `duplicate key ${quote(key)}`, hint: 'keep one of them' };
    }
    case 'MULTIPLE_DOCS':
      return { span: span(3), message: 'a second YAML document starts here', hint: 'a config is one document' };
    case 'TAG_RESOLVE_FAILED':
      return { span: span(word.length), message: `unknown YAML tag ${quote(word)}`, hint: 'remove it' };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return { span: span(), message: 'a second ": " in one value', hint: 'put the value in quotes, or check the indentation' };
    case 'MULTILINE_IMPLICIT_KEY':
      return { span: span(), message: 'expected "key: value" here', hint: 'a colon and a space follow a key' };
    case 'NON_STRING_KEY':
      return { span: span(), message: 'a key must be a name, not a list, a map or an alias' };
    default:
      return { span: span(), message: `not valid YAML: ${message.slice(0, 1).toLowerCase()}${message.slice(1)}` };
  }
}

/** The YAML parser is recursive, and a stack overflow within it can end the process: depth is bounded before it runs. */
function tooDeep(source: Source): Span | undefined {
  let offset = 0;
  let lineStart = 0;
  let flow = 0;
  for (const lexeme of new Lexer().lex(source.text)) {
    if (lexeme === '[' || lexeme === '{') flow++;
    else if (lexeme === ']' || lexeme === '}') flow--;
    else if (lexeme.startsWith('\n') || lexeme.startsWith('\r\n')) lineStart = offset + lexeme.length;
    const indented = lexeme === '-' || lexeme === '?' || (offset === lineStart && /^ +$/.test(lexeme));
    const column = offset - lineStart + (lexeme.startsWith(' ') ? lexeme.length : 0);
    if (flow > deepest || (indented && column > widest)) return { source, start: offset, end: offset + 1 };
    // The lexer marks scalars and the like with control characters that are not in the text.
    if (!/^[\u0002\u0018\u001f]$/.test(lexeme)) offset += lexeme.length;
  }
  return undefined;
}

/** From the YAML library's nodes to ours, with aliases replaced by copies of what they stand for. */
class TreeReader {
  private readonly source: Source;
  private readonly document: Document.Parsed;
  private readonly problems: Problem[];
  private aliased = 0;
  /** Whether the document stands for more than can be read. */
  stopped = false;

  constructor(source: Source, document: Document.Parsed, problems: Problem[]) {
    this.source = source;
    this.document = document;
    this.problems = problems;
  }

  /** @param alias the alias that leads here, if one does */
  read(node: ParsedNode | Node | null, depth: number, alias?: Span): ConfigNode {
    const span = this.span(node);
    const nothing: ConfigNode = { kind: 'scalar', value: null, span: alias ?? span };
    if (this.stopped || node === null) return nothing;
    if (depth > deepest) return this.stop(alias ?? span, `is nested more than ${deepest} deep`) ?? nothing;
    if (alias !== undefined && ++this.aliased > mostAliased) {
      return this.stop(alias, `aliases stand for more than ${mostAliased} values`, 'write the values out') ?? nothing;
    }
    if (isAlias(node)) {
      const target = node.resolve(this.document);
      if (target !== undefined) return this.read(target, depth + 1, alias ?? span);
      this.problems.push({ span, message: `there is no anchor ${quote(`&${node.source}`)} above this alias` });
      return nothing;
    }
    if (isSeq(node)) {
      return { kind: 'list', items: node.items.map((item) => this.read(item as Node | null, depth + 1, alias)), span };
    }
    if (!isMap(node)) return { kind: 'scalar', value: isScalar(node) ? plainScalar(node.value) : null, span };
    const entries = new Map<string, Entry>();
    for (const { key, value } of node.items) {
      const keySpan = this.span(key as Node);
      const name = isScalar(key) ? String(key.value) : '';
      if (name === '<<') {
        this.problems.push({ span: keySpan, message: 'YAML 1.2 has no merge keys (<<)', hint: 'use `extends: base.yaml`' });
      } else if (name === '__proto__') {
        // The one key that objects, and so the schema, would lose without a word.
        this.problems.push({ span: keySpan, message: `unknown key ${quote(name)}`, hint: 'remove it' });
      } else {
        entries.set(name, { key: keySpan, value: this.read(value as Node | null, depth + 1, alias) });
      }
    }
    return { kind: 'map', entries, span };
  }

  private stop(span: Span, message: string, hint?: string): undefined {
    this.stopped = true;
    this.problems.push({ span, message, ...(hint === undefined ? {} : { hint }) });
  }

  private span(node: Node | null): Span {
    const [start, end] = node?.range ?? [0, 0];
    return { source: this.source, start, end };
  }
}

function plainScalar(value: unknown): string | number | boolean | null {
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return plain ? value : value === null || value === undefined ? null : String(value);
}
