import type { LossDefinition } from '../loss.js';
import { Registry } from '../registry.js';
import { binaryCrossEntropy } from './binary-cross-entropy.js';
import { cosineSimilarity } from './cosine-similarity.js';
import { crossEntropy } from './cross-entropy.js';
import { ctc } from './ctc.js';
import { dice } from './dice.js';
import { focal } from './focal.js';
import { hinge } from './hinge.js';
import { huber } from './huber.js';
import { klDivergence } from './kl-divergence.js';
import { logCosh } from './log-cosh.js';
import { mae } from './mae.js';
import { mse } from './mse.js';
import { poissonNll } from './poisson-nll.js';
import { triplet } from './triplet.js';

export const losses = new Registry<LossDefinition>('loss', [
  crossEntropy,
  binaryCrossEntropy,
  focal,
  mse,
  mae,
  huber,
  logCosh,
  poissonNll,
  klDivergence,
  hinge,
  cosineSimilarity,
  triplet,
  dice,
  ctc,
]);
