import type { z } from 'zod';
import type { ConfigNode } from './tree.js';

type Issue = z.core.$ZodIssue;
type Union = z.core.$ZodIssueInvalidUnion;

/**
 * The branch of a union that the value was meant for: one that takes values of its kind (a string is a name, a map is options).
 * None if no branch does.
 */
export function fittingBranch({ errors }: Union, found: ConfigNode): Issue[] | undefined {
  const fitting = errors.filter((branch) => !branch.some((issue) => isWrongKind(issue, found)));
  return fitting.sort((a, b) => a.length - b.length)[0];
}

/** Whether the issue says that a whole value, not a part of it or its size, is of another kind than the schema's. */
function isWrongKind(issue: Issue, found: ConfigNode): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union') {
    return issue.errors.length > 0 && issue.errors.every((branch) => branch.some((inner) => isWrongKind(inner, found)));
  }
  if (issue.code === 'invalid_value') {
    return found.kind !== 'scalar' || typeof found.value !== typeof issue.values[0];
  }
  // A number that is not whole, or not finite, is a number.
  return (
    issue.code === 'invalid_type' && !(found.kind === 'scalar' && typeof found.value === 'number' && isNumeric(issue.expected))
  );
}

const isNumeric = (expected: string): boolean => expected === 'number' || expected === 'int';

const kinds: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a map',
  record: 'a map',
  map: 'a map',
};

/** What an issue about a whole value would have taken. */
export function expectation(issue: Issue): string {
  if (issue.code === 'invalid_type') return kinds[issue.expected] ?? issue.expected;
  if (issue.code !== 'invalid_value') return 'another value';
  return typeof issue.values[0] === 'string' ? `one of ${issue.values.join(', ')}` : issue.values.map(String).join(' or ');
}

/** As `expectation` for several issues, with the branches of unions, each said once. */
export function expectations(issues: readonly Issue[]): string[] {
  const all = issues.flatMap((issue) =>
    issue.code === 'invalid_union' ? issue.errors.flatMap((branch) => expectations(branch)) : [expectation(issue)],
  );
  return [...new Set(all)];
}
