import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { loadCheckpoint } from '../../src/files/checkpoint.js';
import { type MetricsRow, readMetrics } from '../../src/files/metrics-log.js';
import { runPaths } from '../../src/files/run-folder.js';
import type { Progress } from '../../src/train/progress.js';

/** A folder for all tests of a file, removed after the last one. */
export function sharedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nn-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The bytes of a run's last checkpoint: equal states give equal files. */
export const lastBytes = (run: string): string => readFileSync(runPaths(run).lastCheckpoint, 'hex');
export const bestBytes = (run: string): string => readFileSync(runPaths(run).bestCheckpoint, 'hex');

export const lastProgress = (run: string): Progress =>
  loadCheckpoint(runPaths(run).lastCheckpoint).metadata['progress'] as Progress;

/** The rows of a run's metrics, of one kind if it is given. */
export const rowsOf = (run: string, kind?: 'step' | 'epoch' | 'test'): MetricsRow[] =>
  readMetrics(runPaths(run).metrics).filter((row) => kind === undefined || row['kind'] === kind);

/** The rows without what depends on how fast the machine is. */
export const timelessRows = (run: string): MetricsRow[] =>
  rowsOf(run).map(({ seconds: _, samples_per_second: __, ...row }) => row as MetricsRow);
