import type { AugmentationDefinition } from '../augmentation.js';
import { Registry } from '../registry.js';
import { addNoise } from './add-noise.js';
import { backgroundNoise } from './background-noise.js';
import { colorJitter } from './color-jitter.js';
import { cutout } from './cutout.js';
import { cutmix } from './cutmix.js';
import { elastic } from './elastic.js';
import { frequencyMask } from './frequency-mask.js';
import { gaussianBlur } from './gaussian-blur.js';
import { gaussianNoise } from './gaussian-noise.js';
import { mixup } from './mixup.js';
import { randomAffine } from './random-affine.js';
import { randomCrop } from './random-crop.js';
import { randomErasing } from './random-erasing.js';
import { randomFlip } from './random-flip.js';
import { randomGreyscale } from './random-greyscale.js';
import { randomInvert } from './random-invert.js';
import { randomResizedCrop } from './random-resized-crop.js';
import { randomRotation } from './random-rotation.js';
import { randomShear } from './random-shear.js';
import { randomShift } from './random-shift.js';
import { randomZoom } from './random-zoom.js';
import { timeMask } from './time-mask.js';
import { timeShift } from './time-shift.js';
import { tokenDropout } from './token-dropout.js';

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
  elastic,
  colorJitter,
  randomInvert,
  randomGreyscale,
  gaussianNoise,
  gaussianBlur,
  cutout,
  randomErasing,
  timeMask,
  frequencyMask,
  timeShift,
  addNoise,
  backgroundNoise,
  tokenDropout,
  mixup,
  cutmix,
]);
