import { Registry } from '../registry.js';
import type { TransformDefinition } from '../transform.js';
import { logMelSpectrogram } from './log-mel-spectrogram.js';
import { mfcc } from './mfcc.js';
import { normalize } from './normalize.js';
import { scale } from './scale.js';
import { spectrogram } from './spectrogram.js';

/** Every transform that YAML may name. */
export const transforms = new Registry<TransformDefinition>('transform', [
  normalize,
  scale,
  spectrogram,
  logMelSpectrogram,
  mfcc,
]);
