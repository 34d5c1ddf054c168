import type { FeatureDefinition } from '../feature.js';
import { type Definition, Registry } from '../registry.js';
import { category } from './category.js';
import { label } from './label.js';
import { numeric } from './numeric.js';
import { text } from './text.js';
import { timestamp } from './timestamp.js';

/** Every feature of a table that a model may read. */
export const features = new Registry<FeatureDefinition>('feature', [numeric, category, text, timestamp]);

/** What YAML may call a column of a table: a feature, or a label, which is told. */
export const columnTypes = new Registry<Definition>('feature', [...features.definitions, label]);
