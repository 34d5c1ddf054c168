import type { ActivationDefinition } from '../activation.js';
import { Registry } from '../registry.js';
import { leakyRelu } from './leaky-relu.js';
import { linear } from './linear.js';
import { relu } from './relu.js';
import { sigmoid } from './sigmoid.js';
import { softmax } from './softmax.js';
import { tanh } from './tanh.js';

export const activations = new Registry<ActivationDefinition>('activation', [linear, relu, leakyRelu, sigmoid, tanh, softmax]);
