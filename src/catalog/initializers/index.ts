import type { InitializerDefinition } from '../initializer.js';
import { Registry } from '../registry.js';
import { constant, ones, zeros } from './constant.js';
import { orthogonal } from './orthogonal.js';
import { normal, truncatedNormal, uniform } from './random.js';
import { scaledInitializers, varianceScaling } from './variance-scaling.js';

export const initializers = new Registry<InitializerDefinition>('initializer', [
  ...scaledInitializers,
  varianceScaling,
  normal,
  truncatedNormal,
  uniform,
  orthogonal,
  zeros,
  ones,
  constant,
]);
