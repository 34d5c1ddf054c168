import { readFileSync } from 'node:fs';
import type { Field } from '../../src/data/field.js';
import type { Values } from '../ops/run-program.js';

/** What the generators wrote: PyTorch's results in float64. */
export interface Fixture<Case> {
  versions: { torch: string; numpy: string };
  cases: Case[];
}

export interface LayerCase {
  name: string;
  layer: Record<string, unknown> & { type: string };
  inputs: Values[];
  /** Of each input, where any has one. */
  masks?: (Values | null)[];
  parameters: Record<string, Values>;
  outputGradient: Values;
  output: Values;
  inputGradients: Values[];
  parameterGradients: Record<string, Values>;
}

/** Steps of training before the case, which is one of evaluation. */
export interface StatisticsCase extends LayerCase {
  steps: { input: Values; mean: Values; variance: Values }[];
}

/** A loss over a batch, and its gradient. */
export interface LossCase {
  name: string;
  options: Record<string, unknown> & { type: string };
  field: Field;
  prediction: Values;
  target: Values;
  mask?: Values;
  /** The prediction lies where the loss has no derivative, or so near that differences are wrong. */
  kink?: boolean;
  loss: Values;
  gradient: Values;
}

/** A metric over all records. */
export interface MetricCase {
  name: string;
  options: Record<string, unknown> & { type: string };
  field: Field;
  prediction: Values;
  target: Values;
  mask?: Values;
  /** The main result under `''`, and those of classes. */
  result: Record<string, number>;
}

export interface TrainingData {
  name: 'data';
  input: Values;
  target: number[];
  /** By the network that they belong to. */
  parameters: Record<Network, Record<string, Values>>;
}

export type Network = 'perceptron' | 'convolutional';

export interface OptimizerCase {
  name: string;
  network: Network;
  optimizer: Record<string, unknown> & { type: string };
  losses: number[];
  /** Parameters after the last step. */
  after: Record<string, number[]>;
  /** The `train` section, where averages are kept, and what they are after the last step. */
  train?: Record<string, unknown>;
  averages?: Record<string, number[]>;
  regularizer?: Record<string, unknown>;
  /** Options of layers, by their place. */
  layers?: Record<string, object>;
}

export interface ScheduleCase {
  name: string;
  schedule: Record<string, unknown> & { type: string };
  learningRate: number;
  rates: number[];
  /** Of each epoch, for schedules that follow a metric. */
  metric?: number[];
}

export function readFixture<Case>(name: string): Fixture<Case> {
  const file = new URL(`../fixtures/torch/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Fixture<Case>;
}

/** The largest difference, relative to the largest expected number. NaN where a number is missing. */
export function relativeError(found: readonly number[], expected: readonly number[]): number {
  if (found.length !== expected.length) return NaN;
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const difference = expected.reduce((max, value, i) => Math.max(max, Math.abs(found[i]! - value)), 0);
  return difference === 0 ? 0 : difference / (largest || 1);
}
