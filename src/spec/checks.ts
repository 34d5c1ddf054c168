import { schedules } from '../catalog/schedules/index.js';
import { type Experiment, experimentSchema } from './experiment.js';
import type { ConfigPath } from './config-error.js';
import { quote } from './excerpt.js';
import { nearestName } from './nearest-name.js';

/** Something that does not go together, at its path in the config. */
export interface Finding {
  readonly path: ConfigPath;
  readonly message: string;
  readonly hint?: string;
}

/** The parts of an experiment that could be read. */
type Sections = Partial<Experiment>;

/** Each top-level part read by itself, so that an error in one does not hide those of the others. */
export function readSections(plain: unknown): Sections {
  const from = plain as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(experimentSchema.shape).flatMap(([key, schema]) => {
      const { success, data } = schema.safeParse(from[key]);
      return success ? [[key, data]] : [];
    }),
  );
}

/** What the schema cannot say and needs no data: names of metrics, and options that exclude each other. */
export function checkSections(sections: Sections): Finding[] {
  return [...checkMetrics(sections), ...checkMonitors(sections), ...checkWarmup(sections), ...checkAverages(sections)];
}

function checkMetrics({ metrics = [] }: Sections): Finding[] {
  return metrics.flatMap(({ type }, i) =>
    metrics.findIndex((earlier) => earlier.type === type) < i
      ? [{ path: ['metrics', i], message: `the metric ${quote(type)} is listed twice`, hint: 'remove one' }]
      : [],
  );
}

function checkMonitors({ data, metrics, train, schedule, expect }: Sections): Finding[] {
  if (data === undefined || metrics === undefined) return [];
  const measured = ['loss', ...new Set(metrics.map(({ type }) => type))];
  const splits = data.validation > 0 ? ['val', 'train'] : ['train'];
  const during = splits.flatMap((split) => measured.map((name) => `${split}_${name}`));
  const final = [...measured.map((name) => `test_${name}`), ...during];

  const findings: Finding[] = [];
  const check = (path: ConfigPath, name: string, known: readonly string[]) => {
    if (!known.includes(name)) findings.push({ path, ...describeUnknown(name, known, data.validation > 0) });
  };
  if (train?.early_stopping !== undefined) check(['train', 'early_stopping', 'monitor'], train.early_stopping.monitor, during);
  if (train?.best !== undefined) check(['train', 'best'], train.best, during);
  if (schedule !== undefined && schedules.get(schedule.type).follows !== undefined)
    check(['schedule', 'monitor'], schedule.monitor as string, during);
  for (const name of Object.keys(expect ?? {})) check(['expect', name], name, final);
  return findings;
}

function describeUnknown(name: string, known: readonly string[], validates: boolean): { message: string; hint: string } {
  if (name.startsWith('val_') && !validates && known.includes(name.replace('val_', 'train_'))) {
    return {
      message: `${quote(name)} needs validation records, and data.validation is 0`,
      hint: `set data.validation, or use ${name.replace('val_', 'train_')}`,
    };
  }
  const message = `the run has no metric ${quote(name)}`;
  const meant = known.find((candidate) => candidate.endsWith(`_${name}`)) ?? nearestName(name, known);
  return { message, hint: meant === undefined ? `it has ${known.join(', ')}` : `did you mean "${meant}"?` };
}

function checkWarmup({ schedule }: Sections): Finding[] {
  if (schedule?.warmup_epochs === undefined || schedule.warmup_steps === undefined) return [];
  return [
    {
      path: ['schedule', 'warmup_steps'],
      message: 'warmup_epochs and warmup_steps exclude each other',
      hint: 'keep one of them',
    },
  ];
}

function checkAverages({ train }: Sections): Finding[] {
  if (train?.swa === undefined) return [];
  const { ema, swa, epochs } = train;
  const both = ema !== undefined && {
    path: ['train', 'swa'],
    message: 'ema and swa exclude each other: a model is evaluated with one average',
    hint: 'keep one of them',
  };
  const late = swa.start_epoch > epochs && {
    path: ['train', 'swa', 'start_epoch'],
    message: `epoch ${swa.start_epoch} is never reached: train.epochs is ${epochs}`,
    hint: `take at most ${epochs}; three quarters of the epochs are usual`,
  };
  return [both, late].filter((finding) => finding !== false);
}
