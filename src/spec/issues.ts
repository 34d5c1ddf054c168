import type { z } from 'zod';
import { blockType } from './block-schema.js';
import type { ConfigPath, Problem } from './config-error.js';
import { describeValue } from './describe-value.js';
import { quote } from './excerpt.js';
import { Fragments } from './fragments.js';
import { expectation, expectations, fittingBranch } from './union-branch.js';
import { type KeyProblem, missingKey, unknownKey } from './key-problems.js';
import { nearestName } from './nearest-name.js';
import type { Source } from './source.js';
import { type ConfigNode, keySpanAt, nodeAt, spanAt } from './tree.js';

type Issue = z.core.$ZodIssue;

/** What zod found wrong, in words for people and at its place in the file. */
/** @param blocks names of blocks, which may be taken for types of layers */
export function problemsOf(issues: readonly Issue[], tree: ConfigNode, blocks: readonly string[] = []): Problem[] {
  const problems = new IssueTranslator(tree, blocks).translate(issues, []);
  // A misspelt key is one mistake: that the right one is missing need not be said.
  const suggested = new Set(problems.flatMap(({ suggests }) => (suggests === undefined ? [] : [suggests.join('.')])));
  return problems.filter(({ misses }) => misses === undefined || !suggested.has(misses.join('.')));
}

class IssueTranslator {
  private readonly tree: ConfigNode;
  private readonly fragments: Fragments;
  private readonly blocks: readonly string[];

  constructor(tree: ConfigNode, blocks: readonly string[]) {
    this.tree = tree;
    this.blocks = blocks;
    this.fragments = new Fragments(tree);
  }

  /** @param base where the paths of the issues start, for those within a union */
  translate(issues: readonly Issue[], base: ConfigPath): KeyProblem[] {
    const misspelt = new Set(issues.flatMap(({ code, path }) => (code === 'unrecognized_keys' ? [path.join('.')] : [])));
    // A rule about a map's keys says nothing new where one of them is misspelt.
    const telling = issues.filter(({ code, path }) => code !== 'custom' || !misspelt.has(path.join('.')));
    return telling.flatMap((issue) => {
      const path = [...base, ...(issue.path as (string | number)[])];
      if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(this.tree, this.fragments, path, key));
      const found = nodeAt(this.tree, path);
      if (found === undefined) return [missingKey(this.tree, this.fragments, path)];
      return this.wrongValue(issue, path, found);
    });
  }

  private wrongValue(issue: Issue, path: ConfigPath, found: ConfigNode): KeyProblem[] {
    const problem = (message: string, hint?: string): KeyProblem[] => [
      { span: spanAt(this.tree, path), path, message, ...(hint === undefined ? {} : { hint }) },
    ];
    switch (issue.code) {
      case 'invalid_union': {
        if ('discriminator' in issue && issue.discriminator !== undefined && issue.errors.length === 0) {
          return problem(...this.unknownType(issue as { options?: string[] }, path, found));
        }
        const branch = fittingBranch(issue, found);
        if (branch === undefined) return problem(...wrongKind(this.expected(issue, path), found, []));
        const [first] = branch;
        if (first?.code === 'invalid_value' && first.path.length === 0) {
          const others = issue.errors
            .filter((errors) => errors !== branch)
            .flatMap((errors) => errors.flatMap((one) => this.expected(one, path)));
          return problem(
            ...unknownName(
              'name',
              found,
              first.values as string[],
              others.filter((other) => other !== 'a map'),
            ),
          );
        }
        return this.translate(branch, path);
      }
      case 'invalid_value':
        if (typeof issue.values[0] === 'string') return problem(...unknownName('name', found, issue.values as string[]));
        return problem(...wrongKind([expectation(issue)], found, []));
      case 'invalid_type':
        return problem(...wrongKind(this.expected(issue, path), found, this.fragments.typesAt(path)));
      case 'too_small':
      case 'too_big':
        return problem(this.outOfRange(issue, path, found));
      case 'invalid_key': {
        const [first] = issue.issues;
        return [
          {
            span: keySpanAt(this.tree, path),
            path: path.slice(0, -1),
            message: `${first!.message}, not ${quote(String(path.at(-1)))}`,
          },
        ];
      }
      case 'invalid_format':
      case 'custom':
        return problem(found.kind === 'scalar' ? `${issue.message}, found ${describeValue(found)}` : issue.message);
      default:
        return problem(issue.message);
    }
  }

  /** zod knows no blocks, which the schema has among the types of layers. */
  private unknownType({ options = [] }: { options?: string[] }, path: ConfigPath, found: ConfigNode): MessageAndHint {
    const types = [...new Set([...options, ...this.fragments.typesAt(path.slice(0, -1))])];
    const block =
      found.kind === 'scalar' && types.includes(blockType) ? this.blocks.find((name) => name === found.value) : undefined;
    const unknown = unknownName('type', found, types);
    return block === undefined ? unknown : [unknown[0], `${block} is a block: write {type: ${blockType}, block: ${block}}`];
  }

  /** zod asks for a number before it asks for a whole one; the schema knows both. */
  private expected(issue: Issue, path: ConfigPath): string[] {
    const types = this.fragments.at(path).map(({ type }) => type);
    const whole = types.includes('integer') && !types.includes('number');
    return expectations([issue]).map((kind) => (whole && kind === 'a number' ? 'a whole number' : kind));
  }

  private outOfRange(issue: Issue & { code: 'too_small' | 'too_big' }, path: ConfigPath, found: ConfigNode): string {
    const [bound, word] =
      issue.code === 'too_small'
        ? [issue.minimum, issue.inclusive === true ? 'at least' : 'above']
        : [issue.maximum, issue.inclusive === true ? 'at most' : 'below'];
    if (issue.origin === 'array') {
      const exact = this.fragments.at(path).some(({ minItems, maxItems }) => minItems !== undefined && minItems === maxItems);
      const items = bound === 1 || bound === 1n ? 'item' : 'items';
      return `expected ${exact ? '' : `${word} `}${bound} ${items}, found ${describeValue(found)}`;
    }
    if (issue.origin === 'string') {
      return bound === 1 ? 'must not be empty' : `must have ${word} ${bound} characters, found ${describeValue(found)}`;
    }
    return `must be ${word} ${bound}, found ${describeValue(found)}`;
  }
}

type MessageAndHint = [message: string, hint?: string];

function unknownName(what: string, found: ConfigNode, names: readonly string[], others: readonly string[] = []): MessageAndHint {
  if (found.kind !== 'scalar' || typeof found.value !== 'string') {
    return [`expected one of ${names.join(', ')}, found ${describeValue(found)}`];
  }
  const message = `unknown ${what} ${describeValue(found).replace(/^the string /, '')}`;
  const meant = nearestName(found.value, names);
  return [
    message,
    meant === undefined ? `expected ${[`one of ${names.join(', ')}`, ...others].join(', or ')}` : `did you mean "${meant}"?`,
  ];
}

/** @param types the types that a map may have here */
function wrongKind(expected: readonly string[], found: ConfigNode, types: readonly string[]): MessageAndHint {
  const finite = found.kind === 'scalar' && typeof found.value === 'number' && !Number.isFinite(found.value);
  const wanted = finite
    ? expected.map((one) => (one.endsWith(' number') ? one.replace(/^a( whole)? /, 'a finite ') : one))
    : expected;
  const message = `expected ${wanted.join(' or ')}, found ${describeValue(found)}`;
  const hint = remedy(expected, found, types);
  return hint === undefined ? [message] : [message, hint];
}

function remedy(expected: readonly string[], found: ConfigNode, types: readonly string[]): string | undefined {
  const can = (kind: string) => expected.includes(kind);
  if (found.kind !== 'scalar') return found.kind === 'map' && can('a list') ? 'put "- " before each item' : undefined;
  const { value, span } = found;
  if (value === null) return 'give it a value, or remove the key';
  if (can('a map') && typeof value === 'string' && types.includes(value)) return `write {type: ${value}}`;
  if (can('a list')) return 'write it as a list: [ ... ]';
  if (typeof value === 'string') {
    const number = value.replace(/(?<=\d)[_,](?=\d)/g, '');
    if (expected.some((kind) => /number|^\d/.test(kind)) && number.trim() !== '' && Number.isFinite(Number(number))) {
      return isQuoted(span) ? 'remove the quotes' : `write ${Number(number)}`;
    }
    if (can('true or false') && /^(y|yes|on|true)$/i.test(value)) return 'write true';
    if (can('true or false') && /^(n|no|off|false)$/i.test(value)) return 'write false';
  }
  return can('a string') ? 'put it in quotes' : undefined;
}

const isQuoted = ({ source, start }: { source: Source; start: number }): boolean => /["']/.test(source.text[start] ?? '');
