import type { AugmentationDefinition } from '../augmentation.js';
import { Registry } from '../registry.js';
import { randomFlip } from './random-flip.js';
import { randomRotation } from './random-rotation.js';
import { randomShift } from './random-shift.js';

/** Every augmentation that YAML may name. */
export const augmentations = new Registry<AugmentationDefinition>('augmentation', [randomFlip, randomRotation, randomShift]);
