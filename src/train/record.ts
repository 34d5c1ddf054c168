import type { Session } from '../backends/backend.js';
import { saveCheckpoint } from '../files/checkpoint.js';
import { EventLog } from '../files/event-log.js';
import { writeJsonFile } from '../files/json-file.js';
import { MetricsLog, type MetricsRow } from '../files/metrics-log.js';
import type { Run } from '../files/run-folder.js';
import type { Model } from '../graph/programs.js';
import { type Origin, captureState } from './checkpoint-state.js';
import { type Progress, isUnfinished } from './progress.js';

/** Writes the files of a run as it goes: metrics, TensorBoard events, checkpoints, summary. */
export class RunRecord {
  private readonly run: Run;
  private readonly model: Model;
  private readonly session: Session;
  private readonly origin: Origin;
  private readonly metrics: MetricsLog;
  private readonly events: EventLog;
  /** @param progress where training starts: what earlier files say of later steps, and of a test to be made again, is dropped */
  constructor(run: Run, model: Model, session: Session, origin: Origin, progress: Progress) {
    this.run = run;
    this.model = model;
    this.session = session;
    this.origin = origin;
    this.metrics = new MetricsLog(run.paths.metrics);
    const testsAgain = !isUnfinished(progress, model);
    this.metrics.truncateAfterStep(progress.step, (row) => testsAgain && row.kind === 'test' && row.step === progress.step);
    this.events = new EventLog(run.folder, progress.step > 0 ? { startStep: progress.step + 1 } : {});
  }

  /** Means since the last such row. */
  logged(progress: Progress, values: Readonly<Record<string, number>>): void {
    this.write('step', progress, progress.epoch + 1, values);
  }

  /** Means over the epoch just ended. */
  epochEnded(progress: Progress, values: Readonly<Record<string, number>>): void {
    this.write('epoch', progress, progress.epoch, values);
    this.events.flush();
  }

  /** Loss and metrics on the test set, and what the run came to. */
  finished(progress: Progress, values: Readonly<Record<string, number>>, summary: Record<string, unknown>): void {
    this.write('test', progress, progress.epoch, values);
    this.events.flush();
    writeJsonFile(this.run.paths.summary, {
      ...summary,
      step: progress.step,
      epoch: progress.epoch,
      best: progress.best,
      metrics: values,
    });
  }

  /** Saves the last checkpoint and, if this epoch is the best so far, the best one. */
  async save(progress: Progress, best: boolean): Promise<void> {
    const checkpoint = await captureState(this.session, this.model, progress, this.origin);
    if (best) saveCheckpoint(this.run.paths.bestCheckpoint, checkpoint);
    saveCheckpoint(this.run.paths.lastCheckpoint, checkpoint);
    this.events.flush();
  }

  close(): void {
    this.events.close();
  }

  /** Closes after a failure, which matters more than what closing may run into: usually the same. */
  abandon(): void {
    try {
      this.events.close();
    } catch {
      // For example: the disk is full, as the failure has said already.
    }
  }

  private write(
    kind: 'step' | 'epoch' | 'test',
    progress: Progress,
    epoch: number,
    values: Readonly<Record<string, number>>,
  ): void {
    const row: MetricsRow = { kind, step: progress.step, epoch };
    const scalars: Record<string, number> = {};
    for (const [name, value] of Object.entries(values)) {
      row[name] = value;
      scalars[tagOf(kind, name)] = value;
    }
    this.metrics.append(row);
    this.events.scalars(scalars, progress.step);
  }
}

/** TensorBoard groups charts by what stands before the slash: `train/loss`, `validation/loss`; epoch means of training apart. */
function tagOf(kind: 'step' | 'epoch' | 'test', name: string): string {
  const [, part, metric] = /^(train|val|test)_(.+)$/.exec(name) ?? [];
  if (part === undefined) return kind === 'epoch' ? `epoch/${name}` : name;
  if (part === 'train') return kind === 'epoch' ? `train_epoch/${metric}` : `train/${metric}`;
  return part === 'val' ? `validation/${metric}` : `test/${metric}`;
}
