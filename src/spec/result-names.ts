import { metrics as catalogue } from '../catalog/metrics/index.js';
import type { ConfigPath } from './config-error.js';
import { quote } from './excerpt.js';
import type { Experiment, LossSpec, MetricSpec } from './experiment.js';
import { nearestName } from './nearest-name.js';

/** The losses of an experiment, one or several. */
export function lossesOf({ loss }: Pick<Experiment, 'loss'>): readonly LossSpec[] {
  return (Array.isArray(loss) ? loss : [loss]) as LossSpec[];
}

/** Whether records are held out of the training part. */
export const holdsOut = ({ validation, fold }: Pick<Experiment['data'], 'validation' | 'fold'>): boolean =>
  validation > 0 || fold !== undefined;

/** Under what name a metric is reported. */
export const metricName = ({ name, type }: MetricSpec): string => name ?? type;

/** What one of several losses is called; it is reported as `loss_<name>`. */
export const lossName = ({ name, output, type }: LossSpec): string => name ?? output ?? type;

/** Under what name one of several losses is reported. */
export const partName = (loss: string): string => `loss_${loss}`;

/** Something that is measured, under the name that `train_`, `val_` and `test_` are put before. */
interface Measured {
  readonly name: string;
  readonly path: ConfigPath;
  readonly spec: MetricSpec | LossSpec;
  /** Whether it is measured in training too. */
  readonly inTraining: boolean;
}

/**
 * The names of what a metric reports besides its main number. They may depend on the data set: before it is known, whatever begins like
 * one of them may be one.
 */
export type PartsOf = (metric: MetricSpec) => readonly string[];

/** The sections that say what is measured, as far as they could be read. */
type Sections = Pick<Experiment, 'metrics'> & Partial<Pick<Experiment, 'data' | 'loss'>>;

function measuredBy({ loss, metrics }: Sections, partsOf: PartsOf | undefined): Measured[] {
  const losses = loss === undefined ? [] : lossesOf({ loss });
  const parts = losses.length < 2 ? [] : losses.map((spec, i) => ({ spec, name: partName(lossName(spec)), path: ['loss', i] }));
  const measured = metrics.map((spec: MetricSpec, i) => ({ spec, name: metricName(spec), path: ['metrics', i] }));
  const ofClasses = measured.flatMap((one) =>
    (partsOf?.(one.spec) ?? []).map((part) => ({ ...one, name: `${one.name}_${part}` })),
  );
  return [
    { spec: losses[0] ?? { type: 'loss' }, name: 'loss', path: ['loss'], inTraining: true },
    ...parts.map((one) => ({ ...one, inTraining: true })),
    ...[...measured, ...ofClasses].map((one) => ({ ...one, inTraining: catalogue.get(one.spec.type).batches === 'add' })),
  ];
}

interface Finding {
  readonly path: ConfigPath;
  readonly message: string;
  readonly hint: string;
}

/** Every value of a config that names a result: what it says, where, and whether results of the test count. */
export interface NamedResult {
  readonly path: ConfigPath;
  readonly name: string;
  readonly final: boolean;
}

/**
 * Checks that no two results have one name, and that what is named exists; the latter where all sections could be read.
 * @param partsOf absent where the data set is not known yet
 */
export function resultNameFindings(sections: Sections, named: readonly NamedResult[], partsOf?: PartsOf): Finding[] {
  const { data, loss, metrics } = sections;
  const measured = measuredBy(sections, partsOf);
  const twice = measured.flatMap((one, i) => {
    const earlier = measured.slice(0, i).find(({ name }) => name === one.name);
    return earlier === undefined ? [] : [sameName(earlier, one)];
  });
  if (data === undefined || loss === undefined) return twice;
  const validates = holdsOut(data);
  const during = [
    ...(validates ? measured.map(({ name }) => `val_${name}`) : []),
    ...measured.filter(({ inTraining }) => inTraining).map(({ name }) => `train_${name}`),
  ];
  const final = [...measured.map(({ name }) => `test_${name}`), ...during];
  const unknown = named.flatMap((one) => {
    const known = one.final ? final : during;
    if (known.includes(one.name)) return [];
    if (partsOf === undefined && mayBePart(one.name, known, metrics)) return [];
    return [{ path: one.path, ...describeUnknown(one.name, known, measured, validates) }];
  });
  return [...twice, ...unknown];
}

function sameName(earlier: Measured, { name, path, spec }: Measured): Finding {
  const [kind] = path;
  if (kind === 'metrics' && JSON.stringify(spec) === JSON.stringify(earlier.spec)) {
    return { path, message: `the metric ${quote(name)} is listed twice`, hint: 'remove one' };
  }
  const both = kind === earlier.path[0] ? `two ${kind === 'loss' ? 'losses' : 'metrics'} are` : 'a loss and a metric are';
  return { path, message: `${both} reported as ${quote(name)}`, hint: 'give one of them another name: `name: ...`' };
}

/** Whether a name begins like that of a metric that may have parts. */
const mayBePart = (name: string, known: readonly string[], metrics: Experiment['metrics']): boolean =>
  metrics.some((metric: MetricSpec) => {
    const own = metricName(metric);
    if (catalogue.get(metric.type).parts === undefined) return false;
    return known.some((one) => one.endsWith(`_${own}`) && name.startsWith(`${one}_`));
  });

function describeUnknown(
  name: string,
  known: readonly string[],
  measured: readonly Measured[],
  validates: boolean,
): { message: string; hint: string } {
  const rest = name.replace(/^(train|val|test)_/, '');
  const found = measured.find((one) => one.name === rest);
  const inTraining = `train_${rest}`;
  if (name.startsWith('val_') && !validates && found !== undefined) {
    return {
      message: `${quote(name)} needs validation records, and data.validation is 0`,
      hint: `set data.validation${known.includes(inTraining) ? `, or use ${inTraining}` : ''}`,
    };
  }
  if (name === inTraining && found?.inTraining === false) {
    return {
      message: `${found.spec.type} is not measured in training: it needs all records at once`,
      hint: validates ? `use val_${rest}` : 'set data.validation, and use what is measured there',
    };
  }
  const message = `the run has no metric ${quote(name)}`;
  const meant = known.find((candidate) => candidate.endsWith(`_${name}`)) ?? nearestName(name, known);
  return { message, hint: meant === undefined ? `it has ${listed(known)}` : `did you mean "${meant}"?` };
}

/** Not hundreds of them. */
const listed = (names: readonly string[]): string =>
  names.length <= 24 ? names.join(', ') : `${names.slice(0, 24).join(', ')} and ${names.length - 24} more`;

/** Whether a larger value of `train_accuracy`, `val_loss`, `val_f1_cat`, ... is better. */
export function largerIsBetter({ metrics }: Pick<Experiment, 'metrics'>, monitor: string): boolean {
  const name = monitor.replace(/^(train|val|test)_/, '');
  const candidates = (metrics as readonly MetricSpec[]).filter((metric) => `${name}_`.startsWith(`${metricName(metric)}_`));
  // Of a metric and one whose name begins like it, the longer one is meant.
  const [metric] = candidates.sort((a, b) => metricName(b).length - metricName(a).length);
  return metric !== undefined && catalogue.get(metric.type).larger === 'better';
}
