import { setFlagsFromString } from 'node:v8';
import { describe, it } from 'vitest';
import type { Backend } from '../../src/backends/backend.js';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { ReferenceBackend } from '../../src/backends/reference/reference.js';
import { trainingProgram } from '../../src/graph/programs.js';
import { randomInteger, streamKey } from '../../src/random.js';
import { expectClose, expectSameBits } from './conformance-compare.js';
import { initialState, modelOf, normalised, recurrent, stepInputs } from './conformance-training.js';

interface Net {
  readonly shape: number[];
  readonly layers: object[];
  readonly optimizer: object;
  readonly batch: number;
}

// The epsilon keeps Adam from turning the sign of a rounding error into a whole step.
const optimizers = [
  { type: 'sgd' },
  { type: 'sgd', momentum: 0.9, nesterov: true, weight_decay: 0.01 },
  { type: 'adam', epsilon: 0.01, weight_decay: 0.1 },
  { type: 'adamw', epsilon: 0.01 },
  { type: 'lamb', epsilon: 0.01 },
  { type: 'adafactor', epsilon_1: 0.01 },
  { type: 'muon', ns_steps: 2, adamw_epsilon: 0.01 },
];
// Smooth ones: where the sign of a value decides, rounding may decide too.
const activations = ['linear', 'tanh', 'sigmoid', 'gelu', 'silu', 'softplus', 'elu', 'mish'];

// Tested is what the optimizing compiler makes of the kernels, from the first call on. Later engines do not survive the flag.
if (Number(process.versions.v8.split('.')[0]) <= 13) setFlagsFromString('--no-liftoff');

/** A small network: a function of the number. */
function randomNet(number: number): Net {
  const key = streamKey(3, 'net', number);
  let drawn = 0;
  const draw = <T>(...choices: T[]): T => choices[randomInteger(key, drawn++) % choices.length]!;
  const conv = (filters: number, rest: object = {}): object => ({
    type: 'conv2d',
    filters,
    kernel_size: draw<number | number[]>(1, 2, 3, 3, 3, 5, [1, 3]),
    padding: draw('same', 'valid'),
    activation: draw(...activations),
    use_bias: draw(true, true, false),
    ...rest,
  });
  const body = (): object[] => {
    const [a, b] = [draw(1, 3, 4, 8, 12), draw(3, 8, 12)];
    const wide = [conv(8, { kernel_size: 3, padding: 'same' }), conv(b, { kernel_size: 3 })];
    if (draw(0, 1)) return wide;
    const branches = [
      conv(b, { kernel_size: 3, padding: 'same', name: 'left' }),
      conv(b, { padding: 'same', name: 'right', inputs: ['fork'] }),
      { type: 'add', inputs: draw(['left', 'right'], ['fork', 'left', 'right']) },
    ];
    const fork = conv(b, { name: 'fork', padding: 'same', strides: draw<number | number[]>(1, 2, [1, 2]) });
    return draw([conv(a, { dilation: draw(1, 2) }), { type: 'dropout', rate: 0.3 }, ...wide], [fork, ...branches]);
  };
  const isImage = draw(true, true, true, false);
  const shape = isImage ? [draw(5, 7, 9, 12), draw(6, 8, 11), draw(1, 3, 8)] : [draw(1, 7, 1500)];
  const dense = { type: 'dense', units: draw(1, 5, 33, 150), activation: draw(...activations, 'softmax') };
  return {
    shape,
    layers: [...(isImage ? [...body(), { type: 'flatten' }] : []), ...draw([], [dense]), { type: 'dense', units: 3 }],
    optimizer: draw(...optimizers),
    batch: draw(1, 1, 2, 3, 7, 17),
  };
}

const wide = (...paddings: string[]): object[] =>
  paddings.map((padding) => ({ type: 'conv2d', filters: 8, kernel_size: 3, padding, activation: 'tanh' }));
const head = [{ type: 'flatten' }, { type: 'dense', units: 3 }];

/** Networks whose convolutions put different numbers of images together, and more than one part of the batch; and attention. */
const chosen: { readonly [name: string]: Net } = {
  'images by three and by four': {
    shape: [20, 19, 8],
    layers: [...wide('same', 'valid', 'valid'), ...head],
    optimizer: { type: 'sgd' },
    batch: 26,
  },
  'images by two and by three': {
    shape: [25, 23, 8],
    layers: [...wide('same', 'valid', 'valid'), ...head],
    optimizer: { type: 'sgd' },
    batch: 17,
  },
  'transposed convolutions, Winograd among them': {
    shape: [13, 12, 8],
    layers: [
      { type: 'conv2d_transpose', filters: 8, kernel_size: 3, activation: 'tanh' },
      { type: 'conv2d_transpose', filters: 8, kernel_size: 3, padding: 'same', activation: 'tanh' },
      { type: 'conv2d_transpose', filters: 4, kernel_size: 4, strides: 2, padding: 1, activation: 'tanh' },
      ...head,
    ],
    optimizer: { type: 'sgd' },
    batch: 19,
  },
  'separable convolutions, enlarged and pooled': {
    shape: [14, 13, 8],
    layers: [
      { type: 'separable_conv2d', filters: 12, kernel_size: 3, padding: 'same', activation: 'tanh' },
      { type: 'upsampling2d', interpolation: 'bilinear' },
      { type: 'depthwise_conv2d', kernel_size: 3, depth_multiplier: 2, activation: 'tanh' },
      { type: 'average_pool2d', padding: 'same', count_include_pad: false },
      { type: 'upsampling2d' },
      { type: 'adaptive_average_pool2d', output_size: [7, 5] },
      { type: 'global_average_pool2d' },
      { type: 'dense', units: 3 },
    ],
    optimizer: { type: 'sgd' },
    batch: 11,
  },
  'a vision transformer': {
    shape: [12, 15, 2],
    layers: [
      { type: 'patches', patch_size: 3 },
      { type: 'dense', units: 24 },
      { type: 'class_token' },
      { type: 'positional_encoding', encoding: 'learned' },
      { type: 'transformer_encoder', heads: 4, activation: 'gelu', norm_first: true, causal: true, dropout: 0.1 },
      { type: 'transformer_encoder', heads: 3, feed_forward: 70, activation: 'silu', key_value_heads: 1, rotary: true },
      { type: 'global_average_pool1d' },
      { type: 'dense', units: 3 },
    ],
    optimizer: { type: 'adam', epsilon: 0.01 },
    batch: 26,
  },
  'images of a tile': {
    shape: [4, 6, 8],
    layers: [...wide('same', 'same'), ...head],
    optimizer: { type: 'adam', epsilon: 0.01 },
    batch: 37,
  },
  'normalised channels': { shape: [21, 20, 3], layers: normalised, optimizer: { type: 'sgd', momentum: 0.9 }, batch: 33 },
  'recurrent layers': { shape: [12, 6], layers: recurrent, optimizer: { type: 'sgd' }, batch: 70 },
};

/** The outputs and the state after every step. */
async function trained(
  { shape, layers, optimizer, batch }: Net,
  backend: Backend,
  steps: number,
): Promise<Map<string, Float32Array>> {
  const model = modelOf(shape, 3, layers, optimizer);
  const program = trainingProgram(model, batch);
  const session = await backend.open({ train: program });
  for (const [parameter, values] of initialState(model)) await session.writeState(parameter, values);
  const values = new Map<string, Float32Array>();
  for (let step = 1; step <= steps; step++) {
    const executable = session.executable('train');
    // A large learning rate makes gradients show in the parameters.
    const inputs = stepInputs(model, program, step);
    if (inputs.has('optimizer/learning_rate')) inputs.set('optimizer/learning_rate', Float32Array.of(0.5));
    await executable.run(inputs);
    for (const output of program.outputs.keys()) values.set(`${output} of step ${step}`, (await executable.read(output)).slice());
    for (const state of program.state.keys()) values.set(`${state} after step ${step}`, (await session.readState(state)).slice());
  }
  await session.dispose();
  return values;
}

async function check(net: Net, steps: number): Promise<void> {
  const expected = await trained(net, new ReferenceBackend(), steps);
  for (const build of ['relaxed', 'plain'] as const) {
    const one = await trained(net, new CpuBackend({ threads: 1, build, vectorBits: 128 }), steps);
    for (const [name, values] of expected) expectClose(`${build}, ${name}`, one.get(name)!, values, 1e-4);
    expectSameBits(await trained(net, new CpuBackend({ threads: 3, build, vectorBits: 256 }), steps), one);
  }
}

describe('networks trained on the CPU are as the reference has them, with the same bits for 3 threads and vectors of 256 bits', () => {
  for (const [name, net] of Object.entries(chosen)) it(name, () => check(net, 1));
  it.each(Array.from({ length: 13 }, (_, i) => i + 1))('random network %d', (number) => check(randomNet(number), 2));
});
