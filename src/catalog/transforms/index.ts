import { Registry } from '../registry.js';
import type { TransformDefinition } from '../transform.js';
import { normalize } from './normalize.js';
import { scale } from './scale.js';

/** Every transform that YAML may name. */
export const transforms = new Registry<TransformDefinition>('transform', [normalize, scale]);
