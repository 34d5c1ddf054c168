import type { LossDefinition } from '../loss.js';
import { Registry } from '../registry.js';
import { crossEntropy } from './cross-entropy.js';

export const losses = new Registry<LossDefinition>('loss', [crossEntropy]);
