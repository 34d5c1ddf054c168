import { vi } from 'vitest';
import { runCommandLine } from '../../src/cli/main.js';
import type { Outcome } from './nn.js';

/**
 * Runs a command line in this process, which takes a hundredth of the time that a process of its own needs to start. For commands
 * that end before they train: signals, threads and exits need a real one.
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
