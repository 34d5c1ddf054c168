import { describe, expect, it } from 'vitest';
import { openGpuJs } from '../../../src/backends/gpujs/gpujs.js';
import type { GpuJsMode } from '../../../src/backends/gpujs/modes.js';
import { trainingProgram } from '../../../src/graph/programs.js';
import { call, input } from '../../../src/ops/expression.js';
import { ProgramBuilder } from '../../../src/program/builder.js';
import { collectGarbage } from '../../collect-garbage.js';
import { initialState, stepInputs, trainedModels } from '../conformance-training.js';
import { whyNoWebGpu } from './software-adapter.js';

const missing = await whyNoWebGpu();

/** Live tensors and memory of the process, after a number of training steps each. */
async function train(mode: GpuJsMode, stops: readonly number[]): Promise<{ live: number; megabytes: number }[]> {
  const model = trainedModels['a perceptron with SGD']!();
  const program = trainingProgram(model, 4);
  const session = await (await openGpuJs(mode)).open({ train: program });
  for (const [name, values] of initialState(model)) await session.writeState(name, values);
  const inputs = stepInputs(model, program, 1);
  const found: { live: number; megabytes: number }[] = [];
  for (let step = 1; step <= stops.at(-1)!; step++) {
    await session.executable('train').run(inputs);
    // The device's objects go with JavaScript's, in a turn of their own.
    if (step % 20 === 0) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (!stops.includes(step)) continue;
    await session.executable('train').read('loss');
    found.push({ live: session.liveTensors, megabytes: process.memoryUsage().rss / 2 ** 20 });
  }
  await session.dispose();
  expect(session.liveTensors).toBe(0);
  return found;
}

/** Fails where tensors pile up, or what GPU.js and the driver hold for them: 160 MB, did buffers of the device stay. */
function expectSteady(found: { live: number; megabytes: number }[]): void {
  expect(new Set(found.map(({ live }) => live)).size).toBe(1);
  expect(found.at(-1)!.megabytes - found[0]!.megabytes).toBeLessThan(100);
}

describe('thousands of runs hold no more memory than one', () => {
  it('on gpujs-cpu', async () => expectSteady(await train('cpu', [1, 500, 2000])));
  it('on gpujs-webasm', async () => expectSteady(await train('webasm', [1, 500, 2000])));
  if (missing === undefined) it('on gpu (WebGPU)', async () => expectSteady(await train('webgpu', [200, 800])), 60_000);
  else it.skip(`on gpu (WebGPU): ${missing}`);
});

describe('buffers of the device', () => {
  it.skipIf(missing !== undefined)(`are as many as live tensors${missing === undefined ? '' : `: ${missing}`}`, async () => {
    const results = await watchResultBuffers();
    const model = trainedModels['a convolutional network with Adam']!();
    const program = trainingProgram(model, 4);
    const session = await (await openGpuJs('webgpu')).open({ train: program });
    for (const step of [1, 2]) {
      await session.executable('train').run(stepInputs(model, program, step));
      expect(results.size).toBe(session.liveTensors);
    }
    await session.dispose();
    expect(results.size).toBe(0);
  });
});

/** The buffers that kernels write their results to, from now on: made and not destroyed. */
async function watchResultBuffers(): Promise<ReadonlySet<object>> {
  const { globals } = (await import('webgpu')) as unknown as {
    globals: Record<'GPUDevice' | 'GPUBuffer', { prototype: Record<string, (...args: { usage: number }[]) => object> }>;
  };
  const storageAndCopySource = 0x84;
  const [device, buffer] = [globals.GPUDevice.prototype, globals.GPUBuffer.prototype];
  const [createBuffer, destroy] = [device.createBuffer!, buffer.destroy!];
  const live = new Set<object>();
  device.createBuffer = function (descriptor) {
    const made = createBuffer.call(this, descriptor!);
    if (descriptor!.usage === storageAndCopySource) live.add(made);
    return made;
  };
  buffer.destroy = function () {
    live.delete(this);
    return destroy.call(this);
  };
  return live;
}

describe('tensors', () => {
  it('live no longer than their last reader', async () => {
    const builder = new ProgramBuilder();
    let x = builder.stateTensor('x', [8]);
    for (let i = 0; i < 20; i++)
      x = builder.map(call('add', input(0), input(0)), [builder.reshape(x, i % 2 === 0 ? [2, 4] : [8])]);
    builder.update('x', x);
    builder.output('sum', builder.total(x));
    const session = await (await openGpuJs('cpu')).open({ main: builder.finish() });
    expect(session.liveTensors).toBe(1);
    for (let i = 0; i < 3; i++) {
      await session.executable('main').run(new Map());
      expect(session.liveTensors).toBe(2);
    }
    await session.dispose();
    expect(session.liveTensors).toBe(0);
  });

  it('of a run that failed are given back', async () => {
    const builder = new ProgramBuilder();
    const x = builder.map(call('negate', input(0)), [builder.input('x', [4])]);
    builder.output('y', builder.map(call('add', input(0), input(1)), [x, builder.input('late', [4])]));
    const session = await (await openGpuJs('cpu')).open({ main: builder.finish() });
    await expect(session.executable('main').run(new Map([['x', new Float32Array(4)]]))).rejects.toThrow();
    expect(session.liveTensors).toBe(0);
    await session.dispose();
  });
});
