import { z } from 'zod';
import { randomNormal, randomUniform } from '../../random.js';
import { size } from '../../shape.js';
import { type InitializerDefinition, defineInitializer } from '../initializer.js';

const modes = ['fan_in', 'fan_out', 'fan_avg'] as const;
const distributions = ['uniform', 'normal'] as const;

interface Scaling {
  scale: number;
  mode: (typeof modes)[number];
  distribution: (typeof distributions)[number];
}

/** Numbers of mean 0 and variance `scale / n`, where n is the fan that `mode` names. */
const create: InitializerDefinition['create'] = (options, shape, { fanIn, fanOut }, key) => {
  const { scale, mode, distribution } = options as unknown as Scaling;
  const n = { fan_in: fanIn, fan_out: fanOut, fan_avg: (fanIn + fanOut) / 2 }[mode];
  const deviation = Math.sqrt(scale / Math.max(n, 1));
  const limit = Math.sqrt(3) * deviation;
  const draw =
    distribution === 'uniform'
      ? (i: number) => (2 * randomUniform(key, i) - 1) * limit
      : (i: number) => randomNormal(key, i) * deviation;
  return Float32Array.from({ length: size(shape) }, (_, i) => draw(i));
};

/** Keras' general form of the initialisers below. */
export const varianceScaling = defineInitializer({
  type: 'variance_scaling',
  summary: 'Mean 0, variance scale / n; n is fan_in, fan_out or their average.',
  options: z.object({
    scale: z.number().positive().default(1).describe('The variance times n.'),
    mode: z.enum(modes).default('fan_in').describe('Which n.'),
    distribution: z.enum(distributions).default('uniform').describe('The shape of the distribution.'),
  }),
  create: (options, shape, fans, key) => create(options, shape, fans, key),
});

const preset = (type: string, source: string, scaling: Scaling): InitializerDefinition =>
  defineInitializer({
    type,
    summary: `Mean 0, variance ${scaling.scale} / ${scaling.mode}, ${scaling.distribution}. ${source}.`,
    options: z.object({}),
    create: (_, shape, fans, key) => create({ ...scaling }, shape, fans, key),
  });

const glorot = 'Glorot and Bengio, 2010';
const he = 'He et al., 2015';
const lecun = 'LeCun et al., 1998';

export const scaledInitializers = [
  preset('glorot_uniform', glorot, { scale: 1, mode: 'fan_avg', distribution: 'uniform' }),
  preset('glorot_normal', glorot, { scale: 1, mode: 'fan_avg', distribution: 'normal' }),
  preset('he_uniform', he, { scale: 2, mode: 'fan_in', distribution: 'uniform' }),
  preset('he_normal', he, { scale: 2, mode: 'fan_in', distribution: 'normal' }),
  preset('lecun_uniform', lecun, { scale: 1, mode: 'fan_in', distribution: 'uniform' }),
  preset('lecun_normal', lecun, { scale: 1, mode: 'fan_in', distribution: 'normal' }),
];
