import { describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backends/backend.js';
import { type GpuJsMode } from '../../src/backends/gpujs/modes.js';
import { openGpuJs } from '../../src/backends/gpujs/gpujs.js';
import { ReferenceBackend } from '../../src/backends/reference/reference.js';
import { inspectionProgram } from '../../src/graph/programs.js';
import { expectClose, largestError } from './conformance-compare.js';
import { initialParameters, modelOf, stepInputs } from './conformance-training.js';
import { whyNoWebGpu } from './gpujs/software-adapter.js';

// The reference's plain loops need seconds for each image.
const batch = 2;
const tolerance = 1e-4;
const model = modelOf(
  [28, 28, 1],
  10,
  [
    { type: 'conv2d', filters: 32, kernel_size: 3, activation: 'relu' },
    { type: 'conv2d', filters: 64, kernel_size: 3, activation: 'relu' },
    { type: 'max_pool2d', pool_size: 2 },
    { type: 'dropout', rate: 0.25 },
    { type: 'flatten' },
    { type: 'dense', units: 128, activation: 'relu' },
    { type: 'dropout', rate: 0.25 },
    { type: 'dense', units: 10 },
  ],
  { type: 'adam' },
);
const program = inspectionProgram(model, batch, true);

/** Loss, layer outputs and gradients of one step. */
async function inspect(backend: Backend): Promise<Map<string, Float32Array>> {
  const session = await backend.open({ inspect: program });
  for (const [parameter, values] of initialParameters(model)) await session.writeState(parameter, values);
  const executable = session.executable('inspect');
  await executable.run(stepInputs(model, program, 1));
  const outputs = new Map<string, Float32Array>();
  for (const name of program.outputs.keys()) outputs.set(name, (await executable.read(name)).slice());
  await session.dispose();
  return outputs;
}

describe('a training step of the MNIST convolutional network', async () => {
  const missing = await whyNoWebGpu();
  let expected: Map<string, Float32Array> | undefined;
  const agrees = (mode: GpuJsMode) => async () => {
    expected ??= await inspect(new ReferenceBackend());
    const found = await inspect(await openGpuJs(mode));
    expect([...found.keys()].filter((name) => name.startsWith('gradient/'))).toHaveLength(8);
    for (const [name, values] of expected) {
      if (process.env.NN_SHOW_ERRORS) console.log(mode, name, largestError(found.get(name)!, values).toExponential(2));
      expectClose(name, found.get(name)!, values, tolerance);
    }
  };
  it('on gpujs-cpu', agrees('cpu'), 60_000);
  it('on gpujs-webasm', agrees('webasm'), 60_000);
  if (missing === undefined) it('on gpu (WebGPU)', agrees('webgpu'), 60_000);
  else it.skip(`on gpu (WebGPU): ${missing}`);
});
