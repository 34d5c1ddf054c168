import type { Examples } from '../data/field.js';
import { type SplitPlan, SplitError } from '../data/split.js';
import type { DatasetInfo } from './dataset.js';

/**
 * What records are split by: the field of the data set that the plan names.
 * @throws SplitError if it has none, or one that says nothing of groups, times or classes
 */
export function splitValues(
  plan: SplitPlan,
  info: Pick<DatasetInfo, 'inputs' | 'targets'>,
  records: Examples,
): readonly number[] | undefined {
  const { type, column } = plan;
  if (type === 'random' || type === 'index') return undefined;
  const fields = { ...info.inputs, ...info.targets };
  const targets = Object.keys(info.targets);
  const name = column ?? (targets.length === 1 ? targets[0]! : 'target');
  const field = fields[name];
  const path = column === undefined ? [] : ['column'];
  if (field === undefined) {
    throw new SplitError(path, `the data set has no field "${name}" to split by`, `it has ${Object.keys(fields).join(', ')}`);
  }
  if (field.shape.length > 1 || field.shape.some((size) => size > 1)) {
    throw new SplitError(
      path,
      `"${name}" has ${field.shape.join(' × ')} values for each record: it is no value to split by`,
      'name another field',
    );
  }
  if (type === 'stratified' && field.kind !== 'class') {
    throw new SplitError(
      path,
      `"${name}" is a number, and stratified needs classes`,
      'split at random, or by a column of classes',
    );
  }
  const values = records.columns[name];
  if (values === undefined) {
    throw new SplitError(path, `"${name}" is made as it is read, and cannot be split by`, 'split at random');
  }
  const { step = 1, offset = 0 } = values;
  return Array.from({ length: records.length }, (_, i) => values.values[offset + i * step]!);
}
