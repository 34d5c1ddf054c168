import type { OptimizerDefinition } from '../optimizer.js';
import { Registry } from '../registry.js';
import { adadelta } from './adadelta.js';
import { adafactor } from './adafactor.js';
import { adagrad } from './adagrad.js';
import { adam, adamw } from './adam.js';
import { adamax } from './adamax.js';
import { lamb } from './lamb.js';
import { lion } from './lion.js';
import { muon } from './muon.js';
import { nadam } from './nadam.js';
import { radam } from './radam.js';
import { rmsprop } from './rmsprop.js';
import { sgd } from './sgd.js';

export const optimizers = new Registry<OptimizerDefinition>('optimizer', [
  sgd,
  adam,
  adamw,
  nadam,
  radam,
  adamax,
  adagrad,
  adadelta,
  rmsprop,
  lion,
  lamb,
  adafactor,
  muon,
]);
