import { schedules } from '../catalog/schedules/index.js';
import { type Experiment, experimentSchema } from './experiment.js';
import type { ConfigPath } from './config-error.js';
import { type NamedResult, resultNameFindings } from './result-names.js';

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
  return [...checkNames(sections), ...checkWarmup(sections), ...checkAverages(sections), ...checkFolds(sections)];
}

function checkNames({ data, loss, metrics, ...rest }: Sections): Finding[] {
  if (metrics === undefined) return [];
  const sections = { metrics, ...(data === undefined ? {} : { data }), ...(loss === undefined ? {} : { loss }) };
  return resultNameFindings(sections, namedResults(rest));
}

/** What the config says of results by name. */
export function namedResults({ train, schedule, expect }: Pick<Sections, 'train' | 'schedule' | 'expect'>): NamedResult[] {
  const during = (path: ConfigPath, name: string | undefined): NamedResult[] =>
    name === undefined ? [] : [{ path, name, final: false }];
  const follows = schedule !== undefined && schedules.get(schedule.type).follows !== undefined;
  return [
    ...during(['train', 'early_stopping', 'monitor'], train?.early_stopping?.monitor),
    ...during(['train', 'best'], train?.best),
    ...during(['schedule', 'monitor'], follows ? (schedule.monitor as string) : undefined),
    ...Object.keys(expect ?? {}).map((name) => ({ path: ['expect', name], name, final: true })),
  ];
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

function checkFolds({ data }: Sections): Finding[] {
  if (data?.fold === undefined || data.fold <= data.folds) return [];
  const { fold, folds } = data;
  return [
    { path: ['data', 'fold'], message: `there is no fold ${fold}: data.folds is ${folds}`, hint: `take one from 1 to ${folds}` },
  ];
}
