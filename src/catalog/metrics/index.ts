import type { MetricDefinition } from '../metric.js';
import { Registry } from '../registry.js';
import { accuracy } from './accuracy.js';
import { averagePrecision } from './average-precision.js';
import { binaryAccuracy } from './binary-accuracy.js';
import { f1 } from './f1.js';
import { mae } from './mae.js';
import { meanIou } from './mean-iou.js';
import { mse } from './mse.js';
import { perplexity } from './perplexity.js';
import { precision } from './precision.js';
import { r2 } from './r2.js';
import { recall } from './recall.js';
import { rmse } from './rmse.js';
import { rocAuc } from './roc-auc.js';
import { topKAccuracy } from './top-k-accuracy.js';

export const metrics = new Registry<MetricDefinition>('metric', [
  accuracy,
  binaryAccuracy,
  topKAccuracy,
  precision,
  recall,
  f1,
  rocAuc,
  averagePrecision,
  mae,
  mse,
  rmse,
  r2,
  perplexity,
  meanIou,
]);
