import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { program } from '../cli/nn.js';

/** Runs a command line. Returns its peak of resident memory in megabytes (VmHWM), as Linux keeps it. */
export function peakOf(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let [peak, errors] = [0, ''];
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 1024 * peak) / 1024;
    } catch {
      // It has ended.
    }
  }, 100);
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => {
      clearInterval(timer);
      if (code === 0) resolve(peak);
      else reject(new Error(`exit code ${code}: ${errors}`));
    });
  });
}
