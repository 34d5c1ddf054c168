import { DatasetError } from '../data/dataset-error.js';
import { label } from './features/label.js';
import type { Chosen } from './registry.js';
import { type TableTarget, type TargetOption, nameTargets, tableTargets } from './table-target.js';

/** What of a table's options says what is to be told. */
export interface TargetChoice {
  readonly target?: TargetOption | undefined;
  readonly features?: Readonly<Record<string, Chosen>> | undefined;
}

const isLabel = ({ type }: Chosen): boolean => type === label.type;

export const hasLabel = (features: TargetChoice['features']): boolean => Object.values(features ?? {}).some(isLabel);

/** The columns that the config says are read; nothing where it names none but labels. */
export function withoutLabels(features: TargetChoice['features']): TargetChoice['features'] {
  if (features === undefined || !hasLabel(features)) return features;
  const read = Object.entries(features).filter(([, feature]) => !isLabel(feature));
  return read.length === 0 ? undefined : Object.fromEntries(read);
}

/**
 * The columns that are to be told: those of `target`, in its order, or else the labels among the features, in theirs.
 * @throws DatasetError if there are both and they say different things, a column is named twice, or one is called like an input
 */
export function toldColumns({ target, features }: TargetChoice): TableTarget[] {
  const labels = Object.entries(features ?? {})
    .filter(([, feature]) => isLabel(feature))
    .map(([column, { kind, standardize }]) => ({
      column,
      type: kind as TableTarget['type'],
      standardize: standardize as boolean,
      path: ['features', column],
    }));
  if (target === undefined) return nameTargets(labels);
  const targets = tableTargets(target);
  return labels.length === 0 ? targets : agreed(targets, labels);
}

type Label = Omit<TableTarget, 'name'>;

/** Targets with what their labels say of them. */
function agreed(targets: readonly TableTarget[], labels: readonly Label[]): TableTarget[] {
  const other = labels.find(({ column }) => targets.every((target) => target.column !== column));
  if (other !== undefined) {
    const names = targets.map(({ column }) => `"${column}"`).join(', ');
    throw new DatasetError(other.path, `the column "${other.column}" is a label, but \`target\` names ${names}`, {
      hint: 'leave one of the two out, or name the same columns in both',
    });
  }
  return targets.map((target) => {
    const own = labels.find(({ column }) => column === target.column);
    if (own === undefined) {
      throw new DatasetError(
        target.path,
        `\`target\` names "${target.column}", which is no label, as others in \`features\` are`,
        {
          hint: 'leave `target` out, or name the same columns in both',
        },
      );
    }
    if (saysNothing(own)) return target;
    if (saysNothing(target)) return { ...target, type: own.type, standardize: own.standardize };
    if (own.type === target.type && own.standardize === target.standardize) return target;
    throw new DatasetError(own.path, `\`target\` says something else of the column "${target.column}" than its label`, {
      hint: 'leave `target` out',
    });
  });
}

const saysNothing = ({ type, standardize }: Label): boolean => type === undefined && !standardize;
