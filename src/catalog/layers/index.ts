import { z } from 'zod';
import { layerKeys } from '../layer-keys.js';
import type { ContainerDefinition, LayerDefinition, LayerSpec } from '../layer.js';
import { Registry } from '../registry.js';
import { activation } from './activation.js';
import { adaptiveAveragePool2d } from './adaptive-average-pool2d.js';
import { adaptiveMaxPool2d } from './adaptive-max-pool2d.js';
import { add } from './add.js';
import { alphaDropout } from './alpha-dropout.js';
import { average } from './average.js';
import { averagePool1d } from './average-pool1d.js';
import { averagePool2d } from './average-pool2d.js';
import { batchNorm } from './batch-norm.js';
import { branches } from './branches.js';
import { classToken } from './class-token.js';
import { concatenate } from './concatenate.js';
import { conv1d } from './conv1d.js';
import { conv1dTranspose } from './conv1d-transpose.js';
import { conv2d } from './conv2d.js';
import { conv2dTranspose } from './conv2d-transpose.js';
import { cropping1d } from './cropping1d.js';
import { cropping2d } from './cropping2d.js';
import { dense } from './dense.js';
import { depthwiseConv2d } from './depthwise-conv2d.js';
import { dropout } from './dropout.js';
import { feedForward } from './feed-forward.js';
import { embedding } from './embedding.js';
import { flatten } from './flatten.js';
import { gaussianDropout } from './gaussian-dropout.js';
import { gaussianNoise } from './gaussian-noise.js';
import { globalAveragePool1d } from './global-average-pool1d.js';
import { globalAveragePool2d } from './global-average-pool2d.js';
import { globalMaxPool1d } from './global-max-pool1d.js';
import { globalMaxPool2d } from './global-max-pool2d.js';
import { groupNorm } from './group-norm.js';
import { gru } from './gru.js';
import { layerNorm } from './layer-norm.js';
import { maxPool1d } from './max-pool1d.js';
import { lstm } from './lstm.js';
import { maxPool2d } from './max-pool2d.js';
import { maximum } from './maximum.js';
import { minimum } from './minimum.js';
import { multiHeadAttention } from './multi-head-attention.js';
import { multiply } from './multiply.js';
import { patches } from './patches.js';
import { permute } from './permute.js';
import { positionalEncoding } from './positional-encoding.js';
import { prelu } from './prelu.js';
import { repeat } from './repeat.js';
import { reshape } from './reshape.js';
import { residual } from './residual.js';
import { rmsNorm } from './rms-norm.js';
import { scaledDotProductAttention } from './scaled-dot-product-attention.js';
import { separableConv2d } from './separable-conv2d.js';
import { sequential } from './sequential.js';
import { spatialDropout1d } from './spatial-dropout1d.js';
import { spatialDropout2d } from './spatial-dropout2d.js';
import { simpleRnn } from './simple-rnn.js';
import { subtract } from './subtract.js';
import { transformerDecoder } from './transformer-decoder.js';
import { transformerEncoder } from './transformer-encoder.js';
import { upsampling1d } from './upsampling1d.js';
import { upsampling2d } from './upsampling2d.js';
import { zeroPadding1d } from './zero-padding1d.js';
import { zeroPadding2d } from './zero-padding2d.js';

/** Containers hold layers, containers among them. */
const layer: z.ZodType<LayerSpec> = z.lazy(() => layerSchema);

type Definition = LayerDefinition | ContainerDefinition;

export const layers: Registry<Definition> = new Registry<Definition>('layer', [
  dense,
  conv1d,
  conv2d,
  depthwiseConv2d,
  separableConv2d,
  conv1dTranspose,
  conv2dTranspose,
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
  spatialDropout1d,
  spatialDropout2d,
  gaussianDropout,
  alphaDropout,
  gaussianNoise,
  activation,
  prelu,
  batchNorm,
  layerNorm,
  groupNorm,
  rmsNorm,
  embedding,
  simpleRnn,
  lstm,
  gru,
  scaledDotProductAttention,
  multiHeadAttention,
  feedForward,
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
  sequential(layer),
  residual(layer),
  repeat(layer),
  branches(layer),
  transformerEncoder(layer),
  transformerDecoder(layer),
]);

/** A layer as a config has it. */
export const layerSchema: z.ZodType<LayerSpec, string | Record<string, unknown>> = layers.schema(layerKeys).meta({ id: 'layer' });
