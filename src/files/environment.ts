import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';

/** What a run was made with, kept in `environment.json`. */
export interface Environment {
  /** Versions of this program, Node and V8. */
  versions: { nn: string; node: string; v8: string };
  system: { platform: string; release: string; arch: string };
  cpu: {
    model: string;
    /** How many threads can run at once. */
    cores: number;
  };
  /** Memory of the machine in bytes. */
  memory_bytes: number;
  /** The state of the folder that training was started in; null outside a git repository or without git. */
  git: GitState | null;
  /** What the caller adds: seed, device, engine, checksums of the data. */
  [name: string]: unknown;
}

export interface GitState {
  commit: string;
  /** Whether tracked files differ from the commit; null if git took too long to say. */
  modified: boolean | null;
}

/**
 * Collects what is needed to repeat a run, or to report a defect.
 *
 * @param extra added to the result as it is
 * @param folder where to look for a git repository
 */
export function collectEnvironment(extra: Record<string, unknown> = {}, folder: string = process.cwd()): Environment {
  return {
    versions: { nn: packageVersion(), node: process.versions.node, v8: process.versions.v8 },
    system: { platform: platform(), release: release(), arch: arch() },
    cpu: { model: cpus()[0]?.model.trim() || 'unknown', cores: availableParallelism() },
    memory_bytes: totalmem(),
    git: gitState(folder),
    ...extra,
  };
}

/** The version in this program's package.json. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function gitState(folder: string): GitState | null {
  const commit = git(folder, 'rev-parse', '--verify', 'HEAD');
  if (commit === undefined) return null;
  const changes = git(folder, 'status', '--porcelain', '--untracked-files=no');
  return { commit, modified: changes === undefined ? null : changes !== '' };
}

/** What git prints, or undefined if it is not installed, fails or takes longer than two seconds. */
function git(folder: string, ...args: string[]): string | undefined {
  try {
    // Without optional locks git leaves the index alone, which others may be using.
    const output = execFileSync('git', ['--no-optional-locks', ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 2000,
    });
    return output.trim();
  } catch {
    return undefined;
  }
}
