import type { Batch, Batches } from '../data/batches.js';

/** How long engines compile and caches fill before a way of making batches is judged, and how long it is then looked at. In milliseconds. */
const warmUp = { time: 250, batches: 2 };
const measured = { time: 500, batches: 4 };

/** What making batches takes of the time between them before threads are tried: they could save no more, and what is measured wavers. */
const worthwhile = 0.1;

/** Batches made in one way, and how long steps take with it. */
class Trial {
  readonly batches: Batches;
  private readonly start: number;
  private asked: number | undefined;
  private count = 0;
  private lookedFor = 0;
  private readonly intervals: number[] = [];
  private readonly waits: number[] = [];

  constructor(batches: Batches, start: number) {
    this.batches = batches;
    this.start = start;
  }

  /** Takes note of when a batch is asked for. */
  ask(now: number): void {
    if (this.asked !== undefined && this.isWarm(now)) {
      this.intervals.push(now - this.asked);
      this.lookedFor += now - this.asked;
    }
    this.asked = now;
  }

  /** Takes note of when it is there. */
  receive(now: number): void {
    this.count++;
    if (this.isWarm(now)) this.waits.push(now - this.asked!);
  }

  private isWarm(now: number): boolean {
    return now - this.start > warmUp.time && this.count > warmUp.batches;
  }

  isDone(): boolean {
    return this.intervals.length >= measured.batches && this.lookedFor >= measured.time;
  }

  /** Milliseconds from one batch to the next. Medians pass over what comes between epochs. */
  interval(): number {
    return median(this.intervals);
  }

  /** The part of them in which the batch was waited for. */
  waited(): number {
    return median(this.waits) / this.interval();
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/**
 * Batches made in the thread that asks or by others, whichever lets steps follow each other sooner: threads that take cores from a step on
 * all of them may cost it more than making a batch does. Both are tried while training runs, and the batches are the same.
 */
export class MeasuredBatches implements Batches {
  readonly length: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  private readonly openThreads: () => Batches;
  private readonly now: () => number;
  /** What is being looked at; nothing once it is known. */
  private trial: Trial | undefined;
  /** What has been measured already, while threads are tried. */
  private here: Trial | undefined;
  private current: Batches;

  /**
   * @param here makes batches in this thread
   * @param openThreads has threads make the same batches
   * @param now the time in milliseconds
   */
  constructor(here: Batches, openThreads: () => Batches, now = (): number => performance.now()) {
    this.length = here.length;
    this.batchSize = here.batchSize;
    this.stepsPerEpoch = here.stepsPerEpoch;
    this.openThreads = openThreads;
    this.now = now;
    this.current = here;
    this.trial = new Trial(here, now());
  }

  sizeOf(step: number): number {
    return this.current.sizeOf(step);
  }

  batch(epoch: number, step: number): Batch | Promise<Batch> {
    if (this.trial === undefined) return this.current.batch(epoch, step);
    this.trial.ask(this.now());
    if (this.trial.isDone()) this.decide(this.trial);
    return this.trial === undefined ? this.current.batch(epoch, step) : this.observed(this.trial, epoch, step);
  }

  private async observed(trial: Trial, epoch: number, step: number): Promise<Batch> {
    const batch = await trial.batches.batch(epoch, step);
    trial.receive(this.now());
    return batch;
  }

  private decide(done: Trial): void {
    const { here } = this;
    if (here !== undefined) {
      const faster = done.interval() < here.interval() ? done : here;
      (faster === done ? here : done).batches.close();
      this.choose(faster.batches);
    } else if (done.waited() < worthwhile) {
      this.choose(done.batches);
    } else {
      this.here = done;
      this.current = this.openThreads();
      this.trial = new Trial(this.current, this.now());
      this.trial.ask(this.now());
    }
  }

  private choose(batches: Batches): void {
    this.current = batches;
    this.trial = undefined;
    this.here = undefined;
  }

  close(): void {
    this.current.close();
    this.here?.batches.close();
  }
}
