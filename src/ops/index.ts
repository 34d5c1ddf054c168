import { averagePool2d, averagePool2dGradient } from './average-pool2d.js';
import { concatenate } from './concatenate.js';
import { conv2d, conv2dFilterGradient, conv2dInputGradient } from './conv2d.js';
import { gather, scatterAdd } from './gather.js';
import { map } from './map.js';
import { matmul } from './matmul.js';
import { maxPool2d, maxPool2dGradient } from './max-pool2d.js';
import type { OpDefinition, OpKind } from './op.js';
import { reduce } from './reduce.js';
import { reshape } from './reshape.js';
import { pad, slice } from './slice.js';
import { transpose } from './transpose.js';

/** The vocabulary of compiled programs. */
const definitions: { readonly [K in OpKind]: OpDefinition<K> } = {
  map,
  reduce,
  matmul,
  conv2d,
  conv2d_input_gradient: conv2dInputGradient,
  conv2d_filter_gradient: conv2dFilterGradient,
  max_pool2d: maxPool2d,
  max_pool2d_gradient: maxPool2dGradient,
  average_pool2d: averagePool2d,
  average_pool2d_gradient: averagePool2dGradient,
  transpose,
  slice,
  pad,
  concatenate,
  gather,
  scatter_add: scatterAdd,
  reshape,
};

export function definitionOf<K extends OpKind>(kind: K): OpDefinition<K> {
  return definitions[kind];
}
