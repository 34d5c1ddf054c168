import type { DatasetInfo, LoadedDataset } from '../catalog/dataset.js';
import { losses } from '../catalog/losses/index.js';
import type { ClassSampling } from '../data/sampling.js';
import type { Cut } from '../data/split.js';
import { UserError } from '../errors.js';
import type { Experiment, LossSpec } from '../spec/experiment.js';
import { lossesOf } from '../spec/result-names.js';

/** What makes up for classes of different sizes. */
export interface Balance {
  /** How much each class counts in the loss. */
  readonly weights?: readonly number[];
  /** How the records of each epoch are drawn. */
  readonly sampling?: ClassSampling;
}

/** Classes that cannot be balanced as `data.balance` says. */
export class BalanceError extends UserError {
  override readonly name = 'BalanceError';
  readonly path: readonly (string | number)[];

  constructor(path: readonly (string | number)[], message: string, hint: string) {
    super(message, { hint, exit: 'usage' });
    this.path = path;
  }
}

/**
 * The balance of the records that are trained on. With `weights` a class counts `n / (classes * n_c)`: records of all classes together
 * count alike.
 * @throws BalanceError where the target is no class of each record
 */
export function balanceOf({ data }: Experiment, { info, train }: LoadedDataset, { rest }: Cut): Balance | undefined {
  if (data.balance === undefined) return undefined;
  const name = balancedTarget(data.balance, info);
  const field = info.targets[name]!;
  const classes = field.kind === 'class' ? field.classes : 0;
  const column = train.columns[name];
  if (column === undefined) {
    throw new BalanceError(
      ['target'],
      `the classes of "${name}" are made as they are read, and cannot be counted before`,
      'leave `balance` out',
    );
  }
  const { values, offset = 0, step = 1 } = column;
  const members: number[][] = Array.from({ length: classes }, () => []);
  for (const record of rest) members[values[column.starts?.[record] ?? offset + record * step]!]!.push(record);
  if (data.balance.type === 'weights') {
    // A class that is never trained on has no weight that could be learnt with.
    const weights = members.map(({ length }) => (length === 0 ? 0 : rest.length / (classes * length)));
    return { weights };
  }
  const found = members.filter(({ length }) => length > 0).map((records) => Uint32Array.from(records));
  return { sampling: { type: data.balance.type, classes: found } };
}

function balancedTarget({ target }: { readonly target?: string | undefined }, { targets }: DatasetInfo): string {
  const names = Object.keys(targets);
  const name = target ?? names[0]!;
  const field = targets[name];
  const path = target === undefined ? [] : ['target'];
  if (field === undefined) throw new BalanceError(path, `the data set has no target "${name}"`, `it has ${names.join(', ')}`);
  if (field.kind !== 'class' || field.shape.length > 0) {
    const found = field.kind === 'class' ? `${field.shape.join(' × ')} classes for each record` : 'a number';
    throw new BalanceError(
      path,
      `classes can be balanced where each record has one, and "${name}" is ${found}`,
      'leave `balance` out',
    );
  }
  return name;
}

/**
 * The experiment with the weights of classes in every loss that compares them.
 * @throws BalanceError where no loss takes them, or one has its own
 */
export function withClassWeights(experiment: Experiment, info: DatasetInfo, weights: readonly number[]): Experiment {
  const name = balancedTarget(experiment.data.balance ?? {}, info);
  let taken = 0;
  const several = Array.isArray(experiment.loss);
  const weighted = lossesOf(experiment).map((loss, i): LossSpec => {
    const option = losses.get(loss.type).classWeights;
    if (option === undefined || (loss.target ?? Object.keys(info.targets)[0]) !== name) return loss;
    if (loss[option] !== undefined) {
      throw new BalanceError(
        [],
        `the loss has ${option} of its own`,
        `leave out one of \`balance\` and \`${option}\`${several ? ` of loss ${i + 1}` : ''}`,
      );
    }
    taken++;
    return { ...loss, [option]: weights };
  });
  if (taken === 0) {
    const able = losses.definitions.filter(({ classWeights }) => classWeights !== undefined).map(({ type }) => type);
    throw new BalanceError(
      ['type'],
      `no loss that is compared with "${name}" takes weights of classes`,
      `take ${able.join(' or ')}, or oversample or undersample`,
    );
  }
  return { ...experiment, loss: (several ? weighted : weighted[0]) as Experiment['loss'] };
}
