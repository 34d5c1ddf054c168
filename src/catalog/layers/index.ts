import type { LayerDefinition } from '../layer.js';
import { Registry } from '../registry.js';
import { activation } from './activation.js';
import { add } from './add.js';
import { conv2d } from './conv2d.js';
import { dense } from './dense.js';
import { dropout } from './dropout.js';
import { flatten } from './flatten.js';
import { maxPool2d } from './max-pool2d.js';
import { prelu } from './prelu.js';

export const layers = new Registry<LayerDefinition>('layer', [
  dense,
  conv2d,
  maxPool2d,
  flatten,
  dropout,
  activation,
  prelu,
  add,
]);
