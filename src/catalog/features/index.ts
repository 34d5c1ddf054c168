import type { FeatureDefinition } from '../feature.js';
import { Registry } from '../registry.js';
import { category } from './category.js';
import { numeric } from './numeric.js';
import { text } from './text.js';
import { timestamp } from './timestamp.js';

/** Every feature of a table that YAML may name. */
export const features = new Registry<FeatureDefinition>('feature', [numeric, category, text, timestamp]);
