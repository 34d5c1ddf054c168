import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import type { Progress } from '../../src/train/progress.js';
import { collectGarbage } from '../collect-garbage.js';
import { smallRun, train } from './small-run.js';

describe('the memory of a run', () => {
  it('does not grow with its steps', async () => {
    const heaps: number[] = [];
    const residents: number[] = [];
    const epochEnded = ({ epoch }: Progress): void => {
      if (epoch % 100 !== 0) return;
      collectGarbage();
      const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
      heaps.push(heapUsed + arrayBuffers);
      residents.push(rss);
    };
    // An epoch has 6 steps, one of them on a smaller batch, and 3 of validation.
    const layers = [
      { type: 'dense', units: 16, activation: 'relu' },
      { type: 'dropout', rate: 0.1 },
      { type: 'dense', units: 3 },
    ];
    const { setup, session } = await smallRun(new CpuBackend({ threads: 1 }), {
      layers,
      train: { epochs: 1600, log_every_steps: 1 },
      events: { epochEnded },
    });
    await train(setup);
    await session.dispose();
    expect(setup.progress.step).toBe(9600);
    // The first 400 epochs are the engine's, which compiles what has become hot.
    const growth = (values: number[]): number => Math.min(...values.slice(10)) - Math.min(...values.slice(4, 10));
    // Had a step kept a hundred bytes, or a batch's inputs, this would be 360 kB or more.
    expect(growth(heaps)).toBeLessThan(100_000);
    expect(growth(residents)).toBeLessThan(4 * 2 ** 20);
  });
});

describe('a process with a CPU session', () => {
  it.each(['', 'await session.dispose();'])('ends by itself, its threads at rest: %j', (end) => {
    const dist = new URL('../../dist/', import.meta.url);
    const folder = mkdtempSync(join(tmpdir(), 'nn-exit-'));
    const script = join(folder, 'script.mjs');
    writeFileSync(
      script,
      `import { CpuBackend } from '${new URL('backends/cpu/cpu.js', dist)}';
      import { batchPrograms } from '${new URL('train/batch-programs.js', dist)}';
      import { prepareModel } from '${new URL('train/prepare.js', dist)}';
      import { loadSources } from '${new URL('train/sources.js', dist)}';
      import { loadExperiment } from '${new URL('spec/load.js', dist)}';
      const loaded = loadExperiment('${fileURLToPath(new URL('../configs/smoke.yaml', dist))}', {
        overrides: ['model.0.filters=32'], // enough work for threads
      });
      const context = { folder: loaded.folder, cache: '/none', log() {} };
      const model = await prepareModel(loaded, context);
      const { sources } = await loadSources(loaded, model, context);
      const session = await new CpuBackend({ threads: 3 }).open(batchPrograms(model, sources));
      ${end}
      console.log('done');`,
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: 20_000 });
    rmSync(folder, { recursive: true });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'done\n', stderr: '' });
  });
});
