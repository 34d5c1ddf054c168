import type { InitializerDefinition } from '../initializer.js';
import { Registry } from '../registry.js';
import { constant, zeros } from './constant.js';
import { scaledInitializers, varianceScaling } from './variance-scaling.js';

export const initializers = new Registry<InitializerDefinition>('initializer', [
  ...scaledInitializers,
  varianceScaling,
  zeros,
  constant,
]);
