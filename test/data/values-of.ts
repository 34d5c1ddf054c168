import { type LoadedDataset, fieldsOf } from '../../src/catalog/dataset.js';
import { BatchSource, allRecords } from '../../src/data/batches.js';

/** All values of both parts, as batches have them. */
export async function valuesOf({ info, train, test }: LoadedDataset): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {};
  for (const [part, records] of Object.entries({ train, test })) {
    const source = new BatchSource({ records, fields: fieldsOf(info), indices: allRecords(records.length), batchSize: 4 });
    for (let step = 0; step < source.stepsPerEpoch; step++) {
      const { values } = await source.batch(0, step);
      for (const [name, array] of values) (found[`${part} ${name}`] ??= []).push(...array);
    }
    source.close();
  }
  return found;
}
