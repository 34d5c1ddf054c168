import { createHash } from 'node:crypto';
import type { Field } from '../catalog/dataset.js';
import type { Model } from '../graph/programs.js';
import { type BatchPlan, fixedPlan, openPlan, storedPlan } from './batch-plan.js';
import { type DoubtfulLabel, type DoubtfulLabels, findDoubtfulLabels } from './doubtful-labels.js';
import type { PlannedData, Plans } from './sources.js';

export type PartName = keyof Plans;

/** What the numbers of a field are like. */
export interface NumberReport {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly deviation: number;
  /** Values that are NaN or infinite. */
  readonly notFinite: number;
  /** Places of a record that hold the same value in every record, of so many. */
  readonly constant: number;
  readonly places: number;
}

/** A record, and what the data set calls it. */
export interface NamedRecord {
  readonly part: PartName;
  readonly record: number;
  readonly name?: string;
}

/** Two records of the same inputs. */
export interface Twins {
  readonly first: NamedRecord;
  readonly second: NamedRecord;
}

/** What a person should know of data before a net is trained on it. */
export interface DataReport {
  readonly parts: readonly { readonly part: PartName; readonly records: number; readonly examined: number }[];
  /** Of the training part: number fields as they are stored (bytes as value / 255), and inputs as the model reads them. */
  readonly numbers: readonly { readonly field: string; readonly stored: NumberReport; readonly read: NumberReport | undefined }[];
  /** For each target that is one class: how many records of each part every class has. */
  readonly classes: readonly {
    readonly field: string;
    readonly labels: readonly string[];
    readonly counts: Readonly<Partial<Record<PartName, readonly number[]>>>;
  }[];
  /** Records whose inputs an earlier one has too, by the parts of both: `test` in `train` is leakage. */
  readonly duplicates: readonly {
    readonly part: PartName;
    readonly of: PartName;
    readonly count: number;
    readonly first: Twins;
  }[];
  /** Records of the same inputs and another class. */
  readonly contradictions: { readonly count: number; readonly first: readonly Twins[] };
  /** Records whose label their neighbours speak against; nothing where they cannot tell. */
  readonly doubtful: (Omit<DoubtfulLabels, 'found'> & { readonly found: readonly (DoubtfulLabel & NamedRecord)[] }) | undefined;
  readonly notes: readonly string[];
  readonly provenance: PlannedData['provenance'];
}

/** Records of a part that are looked at, so that memory has a bound. */
const mostExamined = 500_000;
const mostListed = 5;

const partNames = ['train', 'validation', 'test'] as const;

/** Looks at every record of every part. */
export async function examineData(model: Model, data: PlannedData): Promise<DataReport> {
  const { plans, dataset, provenance } = data;
  const inputs = Object.keys(model.info.inputs);
  const { fields } = plans.train;
  const stored = new Map(numberFields(fields).map((name) => [name, new NumberStatistics()]));
  const read = new Map(
    numberFields(fields)
      .filter((name) => inputs.includes(name))
      .map((name) => [name, new NumberStatistics()]),
  );
  const classTargets = Object.entries(dataset.info.targets).filter(
    ([, { kind, shape }]) => kind === 'class' && shape.length === 0,
  );
  const counts = new Map(classTargets.map(([name]) => [name, {} as Partial<Record<PartName, number[]>>]));
  const twins = new TwinFinder((where) => ({ ...where, ...nameOf(dataset, where) }));
  const parts: DataReport['parts'][number][] = [];
  for (const part of partNames) {
    const plan = plans[part];
    if (plan === undefined) continue;
    let examined = 0;
    for await (const { values, size, first } of batchesOf(storedPlan(plan))) {
      if (part === 'train') for (const [name, statistics] of stored) statistics.add(values.get(name)!, size);
      for (const [name, field] of classTargets) {
        const own = (counts.get(name)![part] ??= new Array<number>((field as { classes: number }).classes).fill(0));
        for (const value of values.get(name)!) own[value]!++;
      }
      const label = classTargets.length === 1 ? values.get(classTargets[0]![0])! : undefined;
      for (let i = 0; i < size; i++) {
        const record = plan.indices[first + i]!;
        twins.add({ part, record }, keyOf(inputs.map((name) => slice(values.get(name)!, i, size))), label?.[i]);
      }
      examined += size;
    }
    parts.push({ part, records: plan.indices.length, examined });
  }
  if (plans.train.transforms.length > 0) {
    for await (const { values, size } of batchesOf(fixedPlan(plans.train))) {
      for (const [name, statistics] of read) statistics.add(values.get(name)!, size);
    }
  }
  const doubtful = await findDoubtfulLabels(model, data);
  return {
    parts,
    numbers: [...stored].map(([field, statistics]) => ({
      field,
      stored: statistics.report(),
      read: plans.train.transforms.length > 0 ? read.get(field)?.report() : undefined,
    })),
    classes: classTargets.map(([field, target]) => ({ field, labels: labelsOf(target), counts: counts.get(field)! })),
    duplicates: twins.duplicates,
    contradictions: twins.contradictions,
    doubtful: doubtful && { ...doubtful, found: doubtful.found.map((one) => ({ ...one, ...nameOf(dataset, one) })) },
    notes: dataset.notes ?? [],
    provenance,
  };
}

/** Validation records are some of the training part's. */
function nameOf({ nameOf: own }: PlannedData['dataset'], { part, record }: Where): { name?: string } {
  return own === undefined ? {} : { name: own(part === 'test' ? 'test' : 'train', record) };
}

/** What each class of a field is called. */
export const labelsOf = (field: Field): readonly string[] =>
  field.kind === 'class' ? (field.labels ?? Array.from({ length: field.classes }, (_, i) => String(i))) : [];

const numberFields = (fields: BatchPlan['fields']): string[] =>
  Object.entries(fields).flatMap(([name, { kind }]) => (kind === 'number' ? [name] : []));

const slice = (values: Float32Array, i: number, count: number): Float32Array => {
  const size = values.length / count;
  return values.subarray(i * size, (i + 1) * size);
};

/** The batches of an epoch, with the place of the first record of each. */
export async function* batchesOf(plan: BatchPlan) {
  const source = openPlan(plan);
  try {
    for (let step = 0; step < source.stepsPerEpoch; step++) {
      const first = step * source.batchSize;
      if (first >= mostExamined) return;
      yield { ...(await source.batch(0, step)), first };
    }
  } finally {
    source.close();
  }
}

/** A name for the content of a record: 96 bits of MD5, so that two different ones never share it by chance. */
function keyOf(values: readonly Float32Array[]): string {
  const hash = createHash('md5');
  for (const { buffer, byteOffset, byteLength } of values) hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest('base64').slice(0, 16);
}

class NumberStatistics {
  private count = 0;
  private sum = 0;
  private squares = 0;
  private min = Infinity;
  private max = -Infinity;
  private notFinite = 0;
  /** What each place of a record holds, or NaN where it has held something else. */
  private same: Float32Array | undefined;

  add(values: Float32Array, records: number): void {
    const size = values.length / records;
    this.same ??= values.slice(0, size);
    const { same } = this;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      const place = i % size;
      if (same[place] !== value) same[place] = NaN;
      if (!Number.isFinite(value)) {
        this.notFinite++;
        continue;
      }
      this.count++;
      this.sum += value;
      this.squares += value * value;
      if (value < this.min) this.min = value;
      if (value > this.max) this.max = value;
    }
  }

  report(): NumberReport {
    const { count, min, max, notFinite, same } = this;
    const mean = this.sum / count;
    return {
      min,
      max,
      mean,
      deviation: Math.sqrt(Math.max(0, this.squares / count - mean * mean)),
      notFinite,
      constant: same?.filter((value) => !Number.isNaN(value)).length ?? 0,
      places: same?.length ?? 0,
    };
  }
}

type Where = Omit<NamedRecord, 'name'>;

/** Finds records of the same inputs. */
class TwinFinder {
  private readonly seen = new Map<string, { readonly where: Where; readonly label: number | undefined }>();
  private readonly pairs = new Map<string, { part: PartName; of: PartName; count: number; first: Twins }>();
  readonly contradictions: { count: number; first: Twins[] } = { count: 0, first: [] };
  private readonly named: (where: Where) => NamedRecord;

  constructor(named: (where: Where) => NamedRecord) {
    this.named = named;
  }

  add(second: Where, key: string, label: number | undefined): void {
    const found = this.seen.get(key);
    if (found === undefined) {
      this.seen.set(key, { where: second, label });
      return;
    }
    const twins = (): Twins => ({ first: this.named(found.where), second: this.named(second) });
    const of = found.where.part;
    const pair = this.pairs.get(`${second.part} ${of}`);
    if (pair === undefined) this.pairs.set(`${second.part} ${of}`, { part: second.part, of, count: 1, first: twins() });
    else pair.count++;
    if (found.label === label) return;
    this.contradictions.count++;
    if (this.contradictions.first.length < mostListed) this.contradictions.first.push(twins());
  }

  get duplicates(): DataReport['duplicates'] {
    return [...this.pairs.values()];
  }
}
