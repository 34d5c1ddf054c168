import { expect, vi } from 'vitest';
import { runCommandLine } from '../../src/cli/main.js';
import { type Outcome, smokeConfig } from './nn.js';

/**
 * Runs a command line in this process, which takes a hundredth of the time that a process of its own needs to start. Signals, limits of
 * the system and what drivers print need a real one, and so do threads: what trains here is given one (`trainHere`).
 */
export async function nnHere(args: readonly string[]): Promise<Outcome> {
  const outcome: Outcome = { code: null, signal: null, stdout: '', stderr: '' };
  const capture = (name: 'stdout' | 'stderr') =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      outcome[name] += String(text);
      return true;
    });
  const spies = [capture('stdout'), capture('stderr')];
  const listeners = process.stdout.listeners('error');
  const { exitCode } = process;
  process.exitCode = undefined;
  try {
    await runCommandLine(['node', 'nn', ...args]);
    outcome.code = Number(process.exitCode ?? 0);
  } finally {
    process.exitCode = exitCode;
    for (const spy of spies) spy.mockRestore();
    for (const added of process.stdout.listeners('error')) {
      if (!listeners.includes(added)) process.stdout.off('error', added as (error: Error) => void);
    }
  }
  return outcome;
}

/** Runs a command line that must succeed, in this process. */
export async function nnHereOk(args: readonly string[]): Promise<Outcome> {
  const outcome = await nnHere(args);
  expect(outcome, `nn ${args.join(' ')}\n${outcome.stderr}`).toMatchObject({ code: 0 });
  return outcome;
}

const oneThread = ['--device', 'cpu', '--threads', '1'];

/** Trains the smoke config into a folder, in this process; it must succeed. */
export const trainHere = (run: string, ...more: string[]): Promise<Outcome> =>
  nnHereOk(['train', smokeConfig, '--run', run, ...oneThread, ...more]);

/** Goes on with a run, in this process; it must succeed. */
export const resumeHere = (run: string, ...more: string[]): Promise<Outcome> =>
  nnHereOk(['train', '--resume', run, ...oneThread, ...more]);

/** What `nn eval --json` says of a run, in this process. */
export const evaluateHere = async (run: string, ...more: string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await nnHereOk(['eval', run, ...oneThread, '--json', ...more])).stdout) as Record<string, unknown>;
