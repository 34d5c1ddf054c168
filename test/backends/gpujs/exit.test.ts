import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gpuJsModes, modes } from '../../../src/backends/gpujs/modes.js';
import { compileSources } from './compiled-sources.js';
import { whyNoWebGpu } from './software-adapter.js';

const missing = await whyNoWebGpu();

/** Run by Node: opens a backend, runs a program and disposes of the session. */
const script = `
import { constants } from 'node:os';
const [, , mode, vulkan] = process.argv;
if (vulkan) try { process.dlopen({ exports: {} }, vulkan, constants.dlopen.RTLD_NOW | 0x1000); } catch {}
const { openGpuJs } = await import('./src/backends/gpujs/gpujs.js');
const { ProgramBuilder } = await import('./src/program/builder.js');
const { call, input } = await import('./src/ops/expression.js');
const builder = new ProgramBuilder();
const state = builder.stateTensor('state', [3]);
const next = builder.map(call('add', input(0), input(1)), [state, builder.input('x', [3])]);
builder.update('state', next);
builder.output('next', next);
const session = await (await openGpuJs(mode)).open({ main: builder.finish() });
for (let i = 0; i < 20; i++) await session.executable('main').run(new Map([['x', Float32Array.of(1, 2, 3)]]));
console.log((await session.readState('state')).join());
await session.dispose();
`;

describe('a process that has disposed of its session ends by itself', () => {
  let sources: ReturnType<typeof compileSources>;
  beforeAll(() => {
    sources = compileSources();
  });
  afterAll(() => sources.remove());

  for (const mode of gpuJsModes) {
    if (mode === 'headlessgl') continue;
    const reason = mode === 'webgpu' ? missing : undefined;
    it.skipIf(reason !== undefined)(`on ${modes[mode].device}${reason === undefined ? '' : `: ${reason}`}`, () => {
      const driver = process.env.VK_ICD_FILENAMES;
      const loader = driver?.startsWith('/usr/lib/chromium/') ? join(driver, '../libvulkan.so.1') : '';
      const result = spawnSync(process.execPath, ['--input-type=module', '-', mode, loader], {
        cwd: sources.folder,
        input: script,
        encoding: 'utf8',
        timeout: 25_000,
      });
      expect(result.stdout, result.stderr).toBe('20,40,60\n');
      expect({ status: result.status, signal: result.signal }, result.stderr).toEqual({ status: 0, signal: null });
    });
  }
});
