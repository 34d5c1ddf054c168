import { describe, expect, it } from 'vitest';
import { isContainer } from '../../src/catalog/layer.js';
import { layers } from '../../src/catalog/layers/index.js';
import { activations } from '../../src/catalog/activations/index.js';
import { layerProgram } from '../catalog/layer-program.js';
import { runProgram } from '../ops/run-program.js';
import { type LayerCase, readFixture, relativeError } from './fixtures.js';

const { versions } = readFixture<LayerCase>('layers');
// prettier-ignore
const fixtures = [
  'layers',
  'activations',
  'normalization',
  'recurrent',
  'padded_recurrent',
  'early_reset',
  'padded_normalization',
  'attention',
  'shape-layers',
  'pooling-layers',
  'convolution-layers',
  'transformer',
];
const cases = fixtures.flatMap((name) => readFixture<LayerCase>(name).cases);

/** A parameter's name without that of its layer, `layer`: what is within a container has a point after it. */
const shortName = (name: string): string => name.slice('layer/'.length);

/** Builds one layer, and back from the output gradient to its inputs and parameters. */
function run({ layer, inputs, masks = [], parameters, outputGradient }: LayerCase) {
  const shapes = inputs.map(({ shape }) => shape);
  const masked = masks.map((mask) => mask?.shape);
  const built = layerProgram(layer, shapes, { masked, inputGradients: true, parameterGradients: true });
  const values = Object.fromEntries(inputs.map((x, i) => [`x${i}`, x.values]));
  masks.forEach((mask, i) => (values[i === 0 ? 'mask' : `mask${i}`] = mask?.values ?? []));
  const states = Object.fromEntries(built.parameters.map(({ name }) => [name, parameters[shortName(name)]?.values ?? []]));
  return { ...built, ...runProgram(built.program, { ...values, weights: outputGradient.values }, states) };
}

describe(`layers against PyTorch ${versions.torch}`, () => {
  it('cover every layer and activation that computes something', () => {
    // What is random is tested by what it does to many numbers, a container by the layers that it stands for.
    const ofTheirOwn = layers.types.filter((type) => !isContainer(layers.get(type)));
    const random = ['dropout', 'spatial_dropout1d', 'spatial_dropout2d', 'gaussian_dropout', 'alpha_dropout', 'gaussian_noise'];
    const expected = ofTheirOwn.filter((type) => !random.includes(type));
    const found = new Set(cases.map(({ layer }) => layer.type).filter((type) => ofTheirOwn.includes(type)));
    expect([...found].sort()).toEqual(expected.sort());
    const functions = cases.map(({ layer }) => layer.function).filter((f) => typeof f === 'string');
    expect([...new Set(functions)].sort()).toEqual([...activations.types].sort());
  });

  it.each(cases.map((one, i) => [`${i}: ${one.name}`, one] as const))('%s', (_, one) => {
    const { program, outputShape, parameters, output } = run(one);
    expect(outputShape).toEqual(one.output.shape);
    expect(relativeError(output('output'), one.output.values)).toBeLessThan(1e-12);
    one.inputGradients.forEach(({ values }, i) => {
      expect(relativeError(output(`gradient/x${i}`), values)).toBeLessThan(1e-12);
    });
    expect(parameters.map(({ name }) => shortName(name))).toEqual(Object.keys(one.parameters));
    for (const { name, shape } of parameters) {
      const short = shortName(name);
      const expected = one.parameterGradients[short]!;
      expect(shape).toEqual(expected.shape);
      // A recurrent kernel takes no part in a sequence of one step: its gradient is left out.
      const gradient = program.outputs.has(`gradient/${short}`) ? output(`gradient/${short}`) : expected.values.map(() => 0);
      expect(relativeError(gradient, expected.values)).toBeLessThan(1e-12);
    }
  });
});
