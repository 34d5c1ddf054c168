import { augmentations } from '../catalog/augmentations/index.js';
import { transforms } from '../catalog/transforms/index.js';
import type { Column, Examples } from '../data/field.js';
import { sharedFloats } from '../data/shared.js';
import { size } from '../shape.js';
import { type BatchPlan, augmentedFields, isTransformed, fixedPlan, openPlan, transformedShape } from './batch-plan.js';

/** Transforms whose results take more than 512 MiB are done anew in every epoch. */
const mostKept = 2 ** 29;

/** Whether some transform takes longer than a pass over the values. */
export const hasWork = ({ transforms: chosen }: Pick<BatchPlan, 'transforms'>): boolean =>
  chosen.some(({ type }) => transforms.get(type).isWork);

/** Whether the inputs are transformed to the same in every epoch. */
function isFixed({ augment, inputs, fields }: BatchPlan): boolean {
  const before = augment.filter(({ type }) => !augmentations.get(type).afterTransforms);
  const changed = new Set(before.flatMap((one) => augmentedFields(one, inputs, fields)));
  return ![...changed].some((name) => isTransformed(inputs, name, fields[name]!));
}

/**
 * Plans whose transforms have been done, so that they are not done anew in every epoch: where they are work, nothing changes at random before
 * them, and what they make takes at most `mostBytes`. Other plans stay as they are.
 * @param train and `validation` are of the same records
 */
export async function transformedOnce(
  { train, validation }: { train: BatchPlan; validation: BatchPlan | undefined },
  mostBytes = mostKept,
): Promise<{ train: BatchPlan; validation: BatchPlan | undefined }> {
  if (!hasWork(train)) return { train, validation };
  if (!isFixed(train)) {
    return {
      train,
      validation: validation && { ...validation, ...(await transformed(validation, validation.indices, mostBytes)) },
    };
  }
  const held = validation?.indices ?? new Uint32Array();
  const indices = new Uint32Array(train.indices.length + held.length);
  indices.set(train.indices);
  indices.set(held, train.indices.length);
  const done = await transformed(train, indices, mostBytes);
  return { train: { ...train, ...done }, validation: validation && { ...validation, ...done } };
}

/** What of a plan is another once some of its records have been transformed; nothing if that would be too much. */
async function transformed(plan: BatchPlan, indices: Uint32Array, mostBytes: number): Promise<Partial<BatchPlan>> {
  const { fields, inputs, records, transforms: chosen } = plan;
  const before = Object.fromEntries(Object.entries(fields).filter(([name, field]) => isTransformed(inputs, name, field)));
  const after = Object.fromEntries(
    Object.entries(before).map(([name, field]) => [name, { ...field, shape: transformedShape(chosen, field.shape) }]),
  );
  const bytes = Object.values(after).reduce((sum, { shape }) => sum + size(shape), 0) * records.length * 4;
  if (bytes > mostBytes) return {};

  // Each record has its place, so that indices stay what they are; memory that nothing is written to is not taken.
  const made = new Map(Object.entries(after).map(([name, { shape }]) => [name, sharedFloats(size(shape) * records.length)]));
  const source = openPlan(fixedPlan({ ...plan, fields: before, indices }));
  try {
    for (let step = 0; step < source.stepsPerEpoch; step++) {
      const batch = await source.batch(0, step);
      for (const [name, array] of made) {
        const length = size(after[name]!.shape);
        const values = batch.values.get(name)!;
        for (let i = 0; i < batch.size; i++) {
          array.set(values.subarray(i * length, (i + 1) * length), indices[step * source.batchSize + i]! * length);
        }
      }
    }
  } finally {
    source.close();
  }
  const columns = {
    ...records.columns,
    ...Object.fromEntries([...made].map(([name, values]): [string, Column] => [name, { values }])),
  };
  const isWhole = Object.keys(fields).every((name) => columns[name] !== undefined);
  const { reader, ...rest } = records;
  const kept: Examples = { ...rest, columns, ...(isWhole || reader === undefined ? {} : { reader }) };
  return { records: kept, fields: { ...fields, ...after }, transforms: [], fitted: [] };
}
