import type { OptimizerDefinition } from '../optimizer.js';
import { Registry } from '../registry.js';
import { adam, adamw } from './adam.js';
import { sgd } from './sgd.js';

export const optimizers = new Registry<OptimizerDefinition>('optimizer', [sgd, adam, adamw]);
