// A thread that makes batches: it gets the plans of all parts once, then what to make and where to put it.
import { parentPort, workerData } from 'node:worker_threads';
import { DatasetError } from '../data/dataset-error.js';
import type { BatchSource } from '../data/batches.js';
import { UserError } from '../errors.js';
import type { BatchPlan } from './batch-plan.js';
import { openPlan } from './batch-plan.js';

/** A batch that is wanted. */
export interface BatchOrder {
  readonly part: string;
  readonly epoch: number;
  readonly step: number;
  /** Room for a full batch of each field, in shared memory. */
  readonly room: Readonly<Record<string, Float32Array>>;
  /** Names the order in the answer. */
  readonly id: number;
}

/** That it is made, or why it cannot be. */
export interface BatchAnswer {
  readonly id: number;
  readonly error?: {
    readonly message: string;
    readonly stack?: string | undefined;
    readonly hint?: string | undefined;
    readonly isUsers: boolean;
  };
}

const { plans } = workerData as { plans: Readonly<Record<string, BatchPlan>> };
const sources = new Map<string, BatchSource>();

/** Opened when first wanted: the test part is not until the end. */
function sourceOf(part: string): BatchSource {
  const open = sources.get(part) ?? openPlan(plans[part]!);
  sources.set(part, open);
  return open;
}

async function make({ part, epoch, step, room, id }: BatchOrder): Promise<BatchAnswer> {
  try {
    const { values } = await sourceOf(part).batch(epoch, step);
    for (const [name, array] of values) room[name]!.set(array);
    return { id };
  } catch (error) {
    const { message, stack, hint } = error as UserError;
    return { id, error: { message, stack, hint, isUsers: error instanceof UserError || error instanceof DatasetError } };
  }
}

// One after the other: a source has one batch at a time.
let last: Promise<void> = Promise.resolve();
parentPort!.on('message', (order: BatchOrder) => {
  last = last.then(async () => parentPort!.postMessage(await make(order)));
});
