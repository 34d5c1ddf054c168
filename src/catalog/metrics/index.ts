import type { MetricDefinition } from '../metric.js';
import { Registry } from '../registry.js';
import { accuracy } from './accuracy.js';

export const metrics = new Registry<MetricDefinition>('metric', [accuracy]);
