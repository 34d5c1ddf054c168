import { describe, expect, it } from 'vitest';
import { DeviceWatch } from '../../../src/backends/gpujs/device-watch.js';
import { listGpuDevices } from '../../../src/backends/gpujs/devices.js';
import { openGpuJs } from '../../../src/backends/gpujs/gpujs.js';
import { planSteps } from '../../../src/backends/gpujs/steps.js';
import { type Device, adapterName, isSoftware } from '../../../src/backends/gpujs/webgpu.js';
import { UserError } from '../../../src/errors.js';
import { call, constant, input } from '../../../src/ops/expression.js';
import { ProgramBuilder } from '../../../src/program/builder.js';
import { whyNoWebGpu } from './software-adapter.js';

const missing = await whyNoWebGpu();

describe('programs that do not fit', () => {
  it('name the tensor that kernels cannot count', async () => {
    const builder = new ProgramBuilder();
    builder.within('dense_7', 'forward', () => builder.output('y', builder.map(constant(1), [], [4097, 4096])));
    const opening = (await openGpuJs('cpu')).open({ main: builder.finish() });
    await expect(opening).rejects.toThrow(UserError);
    await expect(opening).rejects.toThrow(
      'dense_7 needs a tensor [4097, 4096] of 16781312 elements; GPU kernels count to 16777216',
    );
  });

  it('name the op that reads too many tensors', () => {
    const builder = new ProgramBuilder();
    const tensors = Array.from({ length: 8 }, (_, i) => builder.input(`x${i}`, [2]));
    const sum = tensors.map((_, i) => input(i)).reduce((a, b) => call('add', a, b));
    builder.within('add_1', 'forward', () => builder.output('y', builder.map(sum, tensors)));
    expect(() => planSteps(builder.finish(), 7)).toThrow(
      expect.objectContaining({ name: 'UserError', message: 'add_1 reads 8 tensors at once; this GPU allows 7' }),
    );
    expect(planSteps(builder.finish(), 8).steps).toHaveLength(1);
  });
});

describe('a device', () => {
  /** A device whose work ends when told to. */
  function fakeDevice(): { device: Device; lose(message: string): void; finishOne(): void; submitted(): number } {
    const waiting: (() => void)[] = [];
    let lose!: (info: { reason: string; message: string }) => void;
    let submitted = 0;
    const device: Device = {
      limits: {},
      queue: {
        onSubmittedWorkDone() {
          submitted++;
          return new Promise((resolve) => waiting.push(resolve));
        },
      },
      lost: new Promise((resolve) => (lose = resolve)),
      onuncapturederror: null,
      destroy() {},
    };
    return {
      device,
      lose: (message) => lose({ reason: 'unknown', message }),
      finishOne: () => waiting.shift()!(),
      submitted: () => submitted,
    };
  }

  it('that was lost is reported, with what can be done', async () => {
    const { device, lose } = fakeDevice();
    const watch = DeviceWatch.of(device);
    expect(() => watch.check()).not.toThrow();
    lose('the driver was reset');
    await device.lost;
    expect(() => watch.check()).toThrow(
      expect.objectContaining({ name: 'UserError', message: 'the GPU was lost: the driver was reset' }),
    );
  });

  it('that reports an error outside any call fails the next check', () => {
    const { device } = fakeDevice();
    const watch = DeviceWatch.of(device);
    device.onuncapturederror!({ error: { message: 'out of memory' } });
    device.onuncapturederror!({ error: { message: 'a consequence' } });
    expect(() => watch.check()).toThrow(
      expect.objectContaining({ name: 'UserError', message: 'the GPU reported an error: out of memory' }),
    );
  });

  it('is not given more than a few runs at a time', async () => {
    const { device, finishOne, submitted } = fakeDevice();
    const watch = DeviceWatch.of(device);
    let runs = 0;
    const running = (async () => {
      for (; runs < 10; runs++) await watch.keepPace();
    })();
    await new Promise((resolve) => setImmediate(resolve));
    expect(submitted()).toBe(5);
    for (let i = 0; i < 10; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      finishOne();
      if (submitted() === 10 && i >= 5) break;
    }
    await running;
    expect(runs).toBe(10);
  });

  it('has a name, and is told apart from a program that plays one', () => {
    const hardware = { vendor: 'nvidia', architecture: 'hopper', device: '0x2330', description: 'NVIDIA H100: 570.86' };
    expect(adapterName(hardware)).toBe('NVIDIA H100: 570.86 (nvidia hopper)');
    expect(isSoftware(hardware)).toBe(false);
    expect(adapterName({ vendor: '', architecture: '', device: '', description: '' })).toBe('unnamed adapter');
    expect(isSoftware({ ...hardware, isFallbackAdapter: true })).toBe(true);
    expect(isSoftware({ vendor: 'mesa', architecture: '', device: '', description: 'llvmpipe (LLVM 15.0.6, 256 bits)' })).toBe(
      true,
    );
    expect(isSoftware({ vendor: 'microsoft', architecture: '', device: '', description: 'Microsoft Basic Render Driver' })).toBe(
      true,
    );
  });
});

describe('the list of devices', () => {
  it('says of each mode what runs or why nothing does', async () => {
    const devices = await listGpuDevices();
    expect(devices.map(({ device }) => device)).toEqual(['gpu', 'gpu-gl', 'gpujs-webasm', 'gpujs-cpu']);
    for (const { description, reason } of devices) expect((description === undefined) !== (reason === undefined)).toBe(true);
    const byName = new Map(devices.map((entry) => [entry.device, entry]));
    expect(byName.get('gpujs-cpu')!.description).toMatchObject({ engine: 'GPU.js, JavaScript, 1 thread', software: true });
    expect(byName.get('gpujs-webasm')!.description).toMatchObject({ engine: 'GPU.js, WebAssembly, 1 thread', software: true });
    if (missing !== undefined) expect(byName.get('gpu')!.reason).toMatch(/^no GPU adapter: /);
    else if (process.env.VK_ICD_FILENAMES?.includes('swiftshader')) {
      expect(byName.get('gpu')!.description).toMatchObject({
        adapter: expect.stringContaining('SwiftShader') as string,
        software: true,
      });
    }
  });
});

describe('WebGPU sessions', () => {
  it.skipIf(missing !== undefined)(
    `share one device, which outlives all but the last${missing === undefined ? '' : `: ${missing}`}`,
    async () => {
      const builder = new ProgramBuilder();
      builder.output('y', builder.map(call('negate', input(0)), [builder.input('x', [3])]));
      const program = builder.finish();
      const backend = await openGpuJs('webgpu');
      const negate = async (session: Awaited<ReturnType<typeof backend.open<'main'>>>): Promise<number[]> => {
        await session.executable('main').run(new Map([['x', Float32Array.of(1, 2, 3)]]));
        return [...(await session.executable('main').read('y'))];
      };
      const [first, second] = await Promise.all([backend.open({ main: program }), backend.open({ main: program })]);
      expect(await negate(first)).toEqual([-1, -2, -3]);
      await first.dispose();
      expect(await negate(second)).toEqual([-1, -2, -3]);
      const [third] = await Promise.all([backend.open({ main: program }), second.dispose()]);
      expect(await negate(third)).toEqual([-1, -2, -3]);
      await third.dispose();
      await third.dispose();
    },
  );
});
