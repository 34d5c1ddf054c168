import { type ConfigPath, type Problem, placeOf } from './config-error.js';
import { quote } from './excerpt.js';
import type { Span } from './source.js';
import { type BlockUse, type ConfigNode, nodeAt } from './tree.js';

/**
 * Says of each problem within a block where the block is used, and tells a problem once that all uses have.
 * @param tree the tree that the paths lead into
 */
export function withUses(problems: readonly Problem[], tree: ConfigNode): Problem[] {
  const groups = new Map<string, { problem: Problem; uses: readonly BlockUse[]; count: number }>();
  for (const [i, problem] of problems.entries()) {
    const uses = problem.uses ?? usesAlong(tree, problem.path ?? []);
    const { span, message, hint } = problem;
    const key = uses.length === 0 ? String(i) : JSON.stringify([span.source.name, span.start, span.end, message, hint]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { problem, uses, count: 1 });
    else group.count++;
  }
  return [...groups.values()].map(({ problem, uses, count }) =>
    uses.length === 0 ? problem : { ...problem, message: `${problem.message} (${describe(uses, problem.span, count)})` },
  );
}

/** The uses of blocks that a path leads through, the outermost first. */
function usesAlong(tree: ConfigNode, path: ConfigPath): BlockUse[] {
  return path.flatMap((step, depth) => {
    const node = nodeAt(tree, path.slice(0, depth));
    return node?.kind === 'map' && node.use !== undefined && step === 'layers' ? [node.use] : [];
  });
}

/** `block "inner", used in line 5, of block "outer", used in line 20 and 2 other places` */
function describe(uses: readonly BlockUse[], at: Span, count: number): string {
  const chain = uses.toReversed().map(({ block, span }) => `block ${quote(block)}, used ${where(span, at)}`);
  const others = count === 1 ? '' : ` and ${count - 1} other place${count === 2 ? '' : 's'}`;
  return `${chain.join(', of ')}${others}`;
}

function where(span: Span, at: Span): string {
  const place = placeOf(span);
  if (place === undefined) return `in ${span.source.name}`;
  return span.source === at.source ? `in line ${place.line}` : `in ${place.file}:${place.line}`;
}
