import { fuseMaps, withoutCopies, withoutDeadOps } from './fuse.js';
import type { Program } from './program.js';
import { verify } from './verify.js';

/** The passes every program goes through before a backend sees it. */
export function optimize(program: Program): Program {
  verify(program, 'building');
  const pruned = verify(withoutDeadOps(program), 'dropping dead ops');
  const direct = verify(withoutCopies(pruned), 'removing copies');
  return verify(fuseMaps(direct), 'fusing maps');
}
