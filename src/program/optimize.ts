import { fuseMaps, withoutCopies, withoutDeadOps } from './fuse.js';
import { lookUpLast } from './look-up-last.js';
import { poolFirst } from './pool-first.js';
import type { Program } from './program.js';
import { verify } from './verify.js';

/** The passes every program goes through before a backend sees it. */
export function optimize(program: Program): Program {
  verify(program, 'building');
  const pruned = verify(withoutDeadOps(program), 'dropping dead ops');
  const direct = verify(withoutCopies(pruned), 'removing copies');
  const looked = verify(lookUpLast(direct), 'looking up last');
  const fused = verify(fuseMaps(looked), 'fusing maps');
  const pooled = verify(poolFirst(fused), 'pooling before maps');
  return verify(fuseMaps(pooled), 'fusing maps again');
}
