import type { ActivationDefinition } from '../activation.js';
import { Registry } from '../registry.js';
import { elu } from './elu.js';
import { gelu } from './gelu.js';
import { hardSigmoid, hardSwish, hardtanh, relu6 } from './hard.js';
import { leakyRelu } from './leaky-relu.js';
import { linear } from './linear.js';
import { logSoftmax } from './log-softmax.js';
import { mish } from './mish.js';
import { relu } from './relu.js';
import { selu } from './selu.js';
import { sigmoid } from './sigmoid.js';
import { silu } from './silu.js';
import { softmax } from './softmax.js';
import { softplus } from './softplus.js';
import { softsign } from './softsign.js';
import { tanh } from './tanh.js';

export const activations = new Registry<ActivationDefinition>('activation', [
  linear,
  relu,
  leakyRelu,
  relu6,
  elu,
  selu,
  gelu,
  silu,
  mish,
  hardSwish,
  softplus,
  softsign,
  sigmoid,
  hardSigmoid,
  tanh,
  hardtanh,
  softmax,
  logSoftmax,
]);
