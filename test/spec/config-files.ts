import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { ConfigError } from '../../src/spec/config-error.js';
import { type LoadedExperiment, loadExperiment } from '../../src/spec/load.js';

/** A valid config with most of what a config can say. */
export const mnistCnn = `version: 1
name: mnist-cnn
seed: 42
data:
  dataset: mnist
  batch_size: 64
  validation: 5000
  transforms: [{type: normalize, mean: 0.1307, std: 0.3081}]
model:
  - {type: conv2d, filters: 32, kernel_size: 3, activation: relu}
  - {type: conv2d, filters: 64, kernel_size: 3, activation: relu}
  - {type: max_pool2d, pool_size: 2}
  - {type: dropout, rate: 0.25}
  - {type: flatten}
  - {type: dense, units: 128, activation: relu}
  - {type: dropout, rate: 0.25}
  - {type: dense, units: 10}
loss: cross_entropy
optimizer: {type: adam, learning_rate: 1e-3}
schedule: {type: cosine, warmup_epochs: 1}
metrics: [accuracy]
train: {epochs: 10, early_stopping: {monitor: val_loss, patience: 3}}
`;

/** The least that is valid; everything else has a default. */
export const minimal = `version: 1
name: small
data: {dataset: mnist}
model:
  - {type: flatten}
  - {type: dense, units: 10}
loss: cross_entropy
`;

const folder = mkdtempSync(join(tmpdir(), 'nn-spec-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export const pathOf = (name: string): string => join(folder, name);

/** Writes config files into a temporary folder. */
export function write(files: Record<string, string | Uint8Array>): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(pathOf(name), content);
}

export function load(text: string, overrides: string[] = []): LoadedExperiment {
  write({ 'x.yaml': text });
  return loadExperiment(pathOf('x.yaml'), { overrides });
}

/** The message of the error that loading `x.yaml` throws, without the temporary folder. */
export function messageOf(content: string | Uint8Array, overrides: string[] = []): string {
  write({ 'x.yaml': content });
  return messageOfFile('x.yaml', overrides);
}

export function messageOfFile(name: string, overrides: string[] = []): string {
  try {
    loadExperiment(pathOf(name), { overrides });
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(`${folder}/`, '');
    throw error;
  }
  throw new Error('loaded without an error');
}

/** Only the lines that tell of an error, without source lines and carets. */
export const summaryOf = (content: string | Uint8Array, overrides: string[] = []): string[] =>
  messageOf(content, overrides)
    .split('\n')
    .filter((line) => !/^ +(\d+ \||\^)/.test(line));
