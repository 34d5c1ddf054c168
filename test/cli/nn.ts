import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

export const project = fileURLToPath(new URL('../..', import.meta.url));
export const program = `${project}bin/nn.js`;
export const smokeConfig = `${project}configs/smoke.yaml`;

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface NnOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Shell commands that run first in the same shell, such as `ulimit -f 8`. */
  setup?: string;
}

export interface StartedNn {
  child: ChildProcess;
  done: Promise<Outcome>;
}

/** A process that hangs is a failure to be seen, not to be waited for. */
const longestMs = 50_000;

/** Starts the command line as a user would, with no terminal on either stream. */
export function startNn(args: readonly string[], { cwd = project, env = {}, setup }: NnOptions = {}): StartedNn {
  const command = [process.execPath, program, ...args];
  const [file, ...rest] = setup === undefined ? command : ['sh', '-c', `${setup}; exec "$0" "$@"`, ...command];
  const child = spawn(file!, rest, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const outcome: Outcome = { code: null, signal: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (outcome.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (outcome.stderr += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), longestMs);
  const done = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ ...outcome, code, signal });
    });
  });
  return { child, done };
}

/** Runs a command line to its end. */
export const nn = (args: readonly string[], options?: NnOptions): Promise<Outcome> => startNn(args, options).done;

/** Runs a command line that must succeed. */
export async function nnOk(args: readonly string[], options?: NnOptions): Promise<Outcome> {
  const outcome = await nn(args, options);
  expect(outcome, `nn ${args.join(' ')}\n${outcome.stderr}`).toMatchObject({ code: 0, signal: null });
  return outcome;
}

/** The arguments that train the smoke config on the CPU into a folder. */
export const trainSmoke = (run: string, ...more: string[]): string[] => [
  ...['train', smokeConfig, '--device', 'cpu', '--run', run],
  ...more,
];

/** `--set` for each entry. */
export const set = (values: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(values).flatMap(([path, value]) => ['--set', `${path}=${JSON.stringify(value)}`]);

/** Waits until `ready` gives something, looking every few milliseconds. */
export async function until<T>(ready: () => T | undefined | false, what: string): Promise<T> {
  for (const start = Date.now(); Date.now() - start < longestMs;) {
    const found = ready();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`waited in vain for ${what}`);
}

export const untilExists = (path: string): Promise<boolean> => until(() => existsSync(path), path);
