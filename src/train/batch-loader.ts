import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Batch, Batches } from '../data/batches.js';
import { sharedFloats, shareRecords } from '../data/shared.js';
import { UserError } from '../errors.js';
import { type BatchPlan, epochLength, openPlan, recordSizes } from './batch-plan.js';
import type { BatchAnswer, BatchOrder } from './batch-worker.js';
import { MeasuredBatches } from './measured-batches.js';
import { hasWork } from './transformed-records.js';

/** Threads that make batches, where the config does not say how many. */
export const defaultWorkers = (): number => Math.min(4, Math.max(1, Math.floor(availableParallelism() / 2)));

/** Tests run the sources themselves; threads need what they were compiled to. */
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/train/batch-worker.js' : './batch-worker.js',
  import.meta.url,
);

/** Memory for one batch, and what is to be in it. */
interface Slot {
  readonly room: Readonly<Record<string, Float32Array>>;
  epoch: number;
  step: number;
  made: Promise<void>;
  isMade: boolean;
}

/** Threads, and what each has been asked for. */
class WorkerPool {
  private readonly plans: Readonly<Record<string, BatchPlan>>;
  private readonly count: number;
  private readonly workers: Worker[] = [];
  private readonly waiting = new Map<number, { resolve(): void; reject(error: Error): void; worker: Worker }>();
  private next = 0;
  private users = 0;

  constructor(plans: Readonly<Record<string, BatchPlan>>, count: number) {
    this.plans = plans;
    this.count = count;
  }

  /** Has a batch made. */
  make(order: Omit<BatchOrder, 'id'>): Promise<void> {
    const id = this.next++;
    const worker = this.worker(id % this.count);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, worker });
      worker.ref();
      worker.postMessage({ ...order, id } satisfies BatchOrder);
    });
  }

  /** A part that needs the threads, until it releases them. */
  use(): void {
    this.users++;
  }

  /** Threads that no part needs are ended. */
  release(): void {
    if (--this.users > 0) return;
    for (const worker of this.workers) void worker.terminate();
    this.workers.length = 0;
  }

  private worker(i: number): Worker {
    return (this.workers[i] ??= this.start());
  }

  private start(): Worker {
    const worker = new Worker(workerFile, { execArgv: [], workerData: { plans: this.plans } });
    worker.on('message', ({ id, error }: BatchAnswer) => {
      const { resolve, reject } = this.waiting.get(id)!;
      this.waiting.delete(id);
      // A thread that nobody waits for does not keep the program from ending.
      if (![...this.waiting.values()].some((one) => one.worker === worker)) worker.unref();
      if (error === undefined) resolve();
      else if (error.isUsers) reject(new UserError(error.message, error.hint === undefined ? {} : { hint: error.hint }));
      else reject(Object.assign(new Error(error.message), { stack: error.stack }));
    });
    worker.on('error', (error) => {
      for (const [id, one] of this.waiting) {
        if (one.worker !== worker) continue;
        this.waiting.delete(id);
        one.reject(error);
      }
    });
    return worker;
  }
}

/**
 * Batches that threads make ahead of the step. What is in a batch is a function of its plan, epoch and step, so that it does not matter
 * which thread makes it, nor when.
 */
class LoadedBatches implements Batches {
  readonly length: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  private readonly pool: WorkerPool;
  private readonly part: string;
  /** Values of a record of each field, as they come out of the transforms. */
  private readonly sizes: ReadonlyMap<string, number>;
  private readonly prefetch: number;
  /** Whether an epoch comes after an epoch: in training. */
  private readonly goesOn: boolean;
  /** What is being made, in the order in which it will be asked for. */
  private queue: Slot[] = [];
  /** The slot of the batch that was given out last. */
  private given: Slot | undefined;
  private readonly free: Slot[] = [];

  constructor(pool: WorkerPool, part: string, plan: BatchPlan, { prefetch, goesOn }: { prefetch: number; goesOn: boolean }) {
    this.pool = pool;
    this.part = part;
    this.sizes = recordSizes(plan);
    this.prefetch = prefetch;
    this.goesOn = goesOn;
    this.length = epochLength(plan);
    this.batchSize = plan.batchSize;
    this.stepsPerEpoch = Math.ceil(this.length / this.batchSize);
    pool.use();
  }

  sizeOf(step: number): number {
    return step === this.stepsPerEpoch - 1 ? this.length - step * this.batchSize : this.batchSize;
  }

  async batch(epoch: number, step: number): Promise<Batch> {
    if (this.given !== undefined) this.free.push(this.given);
    this.given = undefined;
    const isNext = this.queue[0]?.epoch === epoch && this.queue[0].step === step;
    if (!isNext) await this.restart(epoch, step);
    const slot = this.queue.shift()!;
    this.given = slot;
    this.order();
    if (!slot.isMade) await slot.made;
    const size = this.sizeOf(step);
    const values = Object.entries(slot.room).map(
      ([name, room]) => [name, room.subarray(0, size * this.sizes.get(name)!)] as const,
    );
    return { values: new Map(values), size };
  }

  close(): void {
    this.pool.release();
  }

  /** Begins anew at a batch that was not expected. Slots are used again when what was asked for is in them. */
  private async restart(epoch: number, step: number): Promise<void> {
    const old = this.queue;
    this.queue = [];
    await Promise.allSettled(old.map(({ made }) => made));
    this.free.push(...old);
    this.ask(epoch, step);
  }

  /** Asks for what comes after the last batch asked for, as far ahead as there are slots. */
  private order(): void {
    while (this.queue.length < this.prefetch) {
      const { epoch, step } = this.queue.at(-1) ?? this.given!;
      if (step + 1 < this.stepsPerEpoch) this.ask(epoch, step + 1);
      else if (this.goesOn) this.ask(epoch + 1, 0);
      else return;
    }
  }

  private ask(epoch: number, step: number): void {
    const slot = this.free.pop() ?? this.newSlot();
    Object.assign(slot, { epoch, step, isMade: false });
    slot.made = this.pool.make({ part: this.part, epoch, step, room: slot.room }).then(() => void (slot.isMade = true));
    // Whoever asks for the batch is told; one that nobody asks for is no one's concern.
    slot.made.catch(() => undefined);
    this.queue.push(slot);
  }

  private newSlot(): Slot {
    const room = [...this.sizes].map(([name, size]) => [name, sharedFloats(size * this.batchSize)] as const);
    return { room: Object.fromEntries(room), epoch: 0, step: 0, made: Promise.resolve(), isMade: false };
  }
}

export interface LoadingOptions {
  /**
   * Threads; 0 makes batches in the thread that asks, when it asks. Without it `defaultWorkers`, where there is work for them and steps are
   * faster with them.
   */
  readonly workers?: number | undefined;
  /** Batches that are made ahead of the one asked for. */
  readonly prefetch: number;
}

/** Whether making a batch is more than copying it. */
const isWork = (plan: BatchPlan): boolean => plan.records.reader !== undefined || plan.augment.length > 0 || hasWork(plan);

/**
 * The batches of some parts, made by threads that they share.
 */
export function openParts<Part extends string>(
  plans: Readonly<Record<Part, BatchPlan>>,
  { workers, prefetch }: LoadingOptions,
): Record<Part, Batches> {
  const parts = Object.entries<BatchPlan>(plans);
  const shared = shareAll(parts.filter(([, plan]) => (workers === undefined ? isWork(plan) : workers > 0)));
  const pool = new WorkerPool(shared, workers ?? defaultWorkers());
  const opened = parts.map(([part, given]): [string, Batches] => {
    const plan = shared[part];
    if (plan === undefined) return [part, openPlan(given)];
    const open = (): Batches => new LoadedBatches(pool, part, plan, { prefetch, goesOn: plan.shuffleSeed !== undefined });
    return [part, workers === undefined ? new MeasuredBatches(openPlan(plan), open) : open()];
  });
  return Object.fromEntries(opened) as Record<Part, Batches>;
}

/** Plans whose arrays all threads see, in place of having a copy each. */
function shareAll(plans: readonly (readonly [string, BatchPlan])[]): Record<string, BatchPlan> {
  const shared = new Map<BatchPlan['records'], BatchPlan['records']>();
  return Object.fromEntries(
    plans.map(([part, plan]) => {
      const records = shared.get(plan.records) ?? shareRecords(plan.records);
      shared.set(plan.records, records);
      return [part, { ...plan, records }];
    }),
  );
}
