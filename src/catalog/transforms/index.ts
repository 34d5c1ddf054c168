import { Registry } from '../registry.js';
import type { TransformDefinition } from '../transform.js';
import { clip } from './clip.js';
import { log } from './log.js';
import { logMelSpectrogram } from './log-mel-spectrogram.js';
import { minMax } from './min-max.js';
import { mfcc } from './mfcc.js';
import { normalize } from './normalize.js';
import { robust } from './robust.js';
import { scale } from './scale.js';
import { spectrogram } from './spectrogram.js';
import { standardize } from './standardize.js';

/** Every transform that YAML may name. */
export const transforms = new Registry<TransformDefinition>('transform', [
  normalize,
  scale,
  standardize,
  minMax,
  robust,
  log,
  clip,
  spectrogram,
  logMelSpectrogram,
  mfcc,
]);
