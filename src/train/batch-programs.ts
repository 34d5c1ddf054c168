import type { Batches } from '../data/batches.js';
import {
  type Model,
  accumulationProgram,
  averagingProgram,
  evaluationProgram,
  statisticsProgram,
  trainingProgram,
} from '../graph/programs.js';
import type { Program } from '../program/program.js';
import { streamKey } from '../random.js';
import type { Sources } from './sources.js';

/**
 * Programs for each number of records that a batch can have, since the last one of an epoch is smaller: `train`, `evaluate` and, where
 * the config asks for them, `accumulate` and `statistics`; and `average`.
 */
export function batchPrograms(model: Model, sources: Sources): Record<string, Program> {
  const programs: Record<string, Program> = {};
  const { accumulate_steps, swa } = model.experiment.train;
  for (const size of batchSizes(sources.train)) {
    programs[programName('train', size)] = trainingProgram(model, size);
    if (accumulate_steps > 1) programs[programName('accumulate', size)] = accumulationProgram(model, size);
    if (swa !== undefined && model.statistics.length > 0) {
      programs[programName('statistics', size)] = statisticsProgram(model, size);
    }
  }
  if (swa !== undefined) programs[averageProgram] = averagingProgram(model);
  for (const source of [sources.validation, sources.test]) {
    if (source === undefined) continue;
    for (const size of batchSizes(source)) programs[programName('evaluate', size)] ??= evaluationProgram(model, size);
  }
  return programs;
}

export const programName = (kind: 'train' | 'accumulate' | 'statistics' | 'evaluate' | 'predict', size: number): string =>
  `${kind} ${size}`;

export const averageProgram = 'average';

/** The numbers of records that the batches of an epoch have. */
export function batchSizes({ length, batchSize }: Batches): number[] {
  const rest = length % batchSize;
  return [...(length >= batchSize ? [batchSize] : []), ...(rest > 0 ? [rest] : [])];
}

/** The two key words (whole numbers below 2^24) of a random source at a step. */
export function randomKeys(seed: number, purpose: string, step: number): [number, number] {
  return [streamKey(seed, `${purpose}/0`, step) >>> 8, streamKey(seed, `${purpose}/1`, step) >>> 8];
}
