import type { AugmentationDefinition } from '../augmentation.js';
import { Registry } from '../registry.js';
import { randomAffine } from './random-affine.js';
import { randomCrop } from './random-crop.js';
import { randomFlip } from './random-flip.js';
import { randomResizedCrop } from './random-resized-crop.js';
import { randomRotation } from './random-rotation.js';
import { randomShear } from './random-shear.js';
import { randomShift } from './random-shift.js';
import { randomZoom } from './random-zoom.js';

/** Every augmentation that YAML may name. */
export const augmentations = new Registry<AugmentationDefinition>('augmentation', [
  randomFlip,
  randomRotation,
  randomShift,
  randomZoom,
  randomShear,
  randomAffine,
  randomCrop,
  randomResizedCrop,
]);
