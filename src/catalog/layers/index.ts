import type { LayerDefinition } from '../layer.js';
import { Registry } from '../registry.js';
import { activation } from './activation.js';
import { adaptiveAveragePool2d } from './adaptive-average-pool2d.js';
import { adaptiveMaxPool2d } from './adaptive-max-pool2d.js';
import { add } from './add.js';
import { average } from './average.js';
import { averagePool1d } from './average-pool1d.js';
import { averagePool2d } from './average-pool2d.js';
import { batchNorm } from './batch-norm.js';
import { classToken } from './class-token.js';
import { concatenate } from './concatenate.js';
import { conv2d } from './conv2d.js';
import { cropping1d } from './cropping1d.js';
import { cropping2d } from './cropping2d.js';
import { dense } from './dense.js';
import { dropout } from './dropout.js';
import { flatten } from './flatten.js';
import { globalAveragePool1d } from './global-average-pool1d.js';
import { globalAveragePool2d } from './global-average-pool2d.js';
import { globalMaxPool1d } from './global-max-pool1d.js';
import { globalMaxPool2d } from './global-max-pool2d.js';
import { groupNorm } from './group-norm.js';
import { layerNorm } from './layer-norm.js';
import { maxPool1d } from './max-pool1d.js';
import { maxPool2d } from './max-pool2d.js';
import { maximum } from './maximum.js';
import { minimum } from './minimum.js';
import { multiHeadAttention } from './multi-head-attention.js';
import { multiply } from './multiply.js';
import { patches } from './patches.js';
import { permute } from './permute.js';
import { positionalEncoding } from './positional-encoding.js';
import { prelu } from './prelu.js';
import { reshape } from './reshape.js';
import { rmsNorm } from './rms-norm.js';
import { scaledDotProductAttention } from './scaled-dot-product-attention.js';
import { subtract } from './subtract.js';
import { upsampling1d } from './upsampling1d.js';
import { upsampling2d } from './upsampling2d.js';
import { zeroPadding1d } from './zero-padding1d.js';
import { zeroPadding2d } from './zero-padding2d.js';

export const layers = new Registry<LayerDefinition>('layer', [
  dense,
  conv2d,
  maxPool1d,
  maxPool2d,
  averagePool1d,
  averagePool2d,
  globalMaxPool1d,
  globalMaxPool2d,
  globalAveragePool1d,
  globalAveragePool2d,
  adaptiveMaxPool2d,
  adaptiveAveragePool2d,
  upsampling1d,
  upsampling2d,
  zeroPadding1d,
  zeroPadding2d,
  cropping1d,
  cropping2d,
  flatten,
  reshape,
  permute,
  dropout,
  activation,
  prelu,
  batchNorm,
  layerNorm,
  groupNorm,
  rmsNorm,
  scaledDotProductAttention,
  multiHeadAttention,
  positionalEncoding,
  patches,
  classToken,
  add,
  subtract,
  multiply,
  average,
  maximum,
  minimum,
  concatenate,
]);
