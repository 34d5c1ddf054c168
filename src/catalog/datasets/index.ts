import type { DatasetDefinition } from '../dataset.js';
import { Registry } from '../registry.js';
import { idx } from './idx.js';
import { mnist } from './mnist.js';

/** Every data set that YAML may name. */
export const datasets = new Registry<DatasetDefinition>('data set', [mnist, idx]);
