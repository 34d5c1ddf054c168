import type { DatasetDefinition } from '../dataset.js';
import { Registry } from '../registry.js';
import { arrays } from './arrays.js';
import { audio } from './audio.js';
import { dates } from './dates.js';
import { fashionMnist } from './fashion-mnist.js';
import { idx } from './idx.js';
import { images } from './images.js';
import { iris } from './iris.js';
import { mnistMasks } from './mnist-masks.js';
import { mnist } from './mnist.js';
import { penguins } from './penguins.js';
import { synthetic } from './synthetic.js';
import { table } from './table.js';
import { text } from './text.js';
import { textFiles } from './text-files.js';
import { timeSeries } from './time-series.js';

/** Every data set that YAML may name. */
export const datasets = new Registry<DatasetDefinition>('data set', [
  mnist,
  fashionMnist,
  mnistMasks,
  idx,
  iris,
  penguins,
  arrays,
  images,
  audio,
  table,
  timeSeries,
  text,
  textFiles,
  dates,
  synthetic,
]);
