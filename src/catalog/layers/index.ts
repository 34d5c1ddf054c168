import type { LayerDefinition } from '../layer.js';
import { Registry } from '../registry.js';
import { activation } from './activation.js';
import { add } from './add.js';
import { batchNorm } from './batch-norm.js';
import { classToken } from './class-token.js';
import { conv2d } from './conv2d.js';
import { dense } from './dense.js';
import { dropout } from './dropout.js';
import { flatten } from './flatten.js';
import { groupNorm } from './group-norm.js';
import { layerNorm } from './layer-norm.js';
import { maxPool2d } from './max-pool2d.js';
import { multiHeadAttention } from './multi-head-attention.js';
import { patches } from './patches.js';
import { positionalEncoding } from './positional-encoding.js';
import { prelu } from './prelu.js';
import { rmsNorm } from './rms-norm.js';
import { scaledDotProductAttention } from './scaled-dot-product-attention.js';

export const layers = new Registry<LayerDefinition>('layer', [
  dense,
  conv2d,
  maxPool2d,
  flatten,
  dropout,
  activation,
  prelu,
  batchNorm,
  layerNorm,
  groupNorm,
  rmsNorm,
  add,
  scaledDotProductAttention,
  multiHeadAttention,
  positionalEncoding,
  patches,
  classToken,
]);
