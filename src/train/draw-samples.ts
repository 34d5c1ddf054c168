import type { Batch } from '../data/batches.js';
import { type BatchPlan, openPlan, storedPlan } from './batch-plan.js';
import { batchesOf } from './examine.js';
import type { PlannedData } from './sources.js';

/** Values of some training records, by field. */
export type Sample = ReadonlyMap<string, Float32Array>;

/**
 * Some training records: one of each class in turn where there are classes, else the first ones of a shuffled epoch.
 * @returns each as it is stored, and as the model will read it in each of the epochs `0 … epochs - 1`
 */
export async function drawSamples(
  { plans, dataset }: PlannedData,
  count: number,
  epochs: number,
): Promise<{ record: number; stored: Sample; read: Sample[] }[]> {
  const plan = { ...plans.train, sampling: undefined, shuffleSeed: undefined };
  const [target] = Object.entries(dataset.info.targets).filter(([, { kind, shape }]) => kind === 'class' && shape.length === 0);
  const chosen = await chooseRecords(plan, target?.[0], count);
  // One batch: where records are mixed, it is with each other.
  const records = { ...plan, indices: chosen, batchSize: chosen.length };
  const stored = await storedRecords(plan, [...chosen]);
  const augmented = openPlan(records);
  try {
    const read: Sample[][] = [];
    for (let epoch = 0; epoch < epochs; epoch++) read.push(recordsOf(await augmented.batch(epoch, 0)));
    return Array.from(chosen, (record, i) => ({ record, stored: stored[i]!, read: read.map((epoch) => epoch[i]!) }));
  } finally {
    augmented.close();
  }
}

/** A copy of each record of a batch. */
const recordsOf = ({ values, size }: Batch): Sample[] =>
  Array.from({ length: size }, (_, i) => {
    const own = [...values].map(([name, array]) => [
      name,
      array.slice((i * array.length) / size, ((i + 1) * array.length) / size),
    ]);
    return new Map(own as [string, Float32Array][]);
  });

/** Records of a part as they are stored. */
export async function storedRecords(plan: BatchPlan, records: readonly number[]): Promise<Sample[]> {
  if (records.length === 0) return [];
  const indices = Uint32Array.from(records);
  const source = openPlan({ ...storedPlan(plan), indices, batchSize: indices.length });
  try {
    return recordsOf(await source.batch(0, 0));
  } finally {
    source.close();
  }
}

async function chooseRecords(plan: BatchPlan, target: string | undefined, count: number): Promise<Uint32Array> {
  const most = Math.min(count, plan.indices.length);
  if (target === undefined) return plan.indices.slice(0, most);
  const byClass = new Map<number, number[]>();
  for await (const { values, first } of batchesOf(storedPlan(plan))) {
    values.get(target)!.forEach((value, i) => {
      const own = byClass.get(value) ?? [];
      byClass.set(value, own);
      if (own.length < most) own.push(plan.indices[first + i]!);
    });
  }
  const classes = [...byClass.keys()].sort((a, b) => a - b).map((value) => byClass.get(value)!);
  const turns = Array.from({ length: most }, (_, turn) => classes.flatMap((own) => own.slice(turn, turn + 1)));
  return Uint32Array.from(turns.flat().slice(0, most));
}
