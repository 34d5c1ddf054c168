import { z } from 'zod';
import type { ArrayUse, BadRecords } from '../../data/array.js';
import { type NamedArray, keysOf, partRecords, recordsOf } from '../../data/array-records.js';
import { type ContentKeys, keysAt } from '../../data/content-keys.js';
import { DatasetError } from '../../data/dataset-error.js';
import type { Examples, Field } from '../../data/field.js';
import { readNewArrays } from '../../data/new-arrays.js';
import { skippedLines, skippedRowsProvenance } from '../../data/skipped.js';
import { type Cut, byChance } from '../../data/split.js';
import { ArrayStore, located } from '../array-store.js';
import { type DatasetContext, type DatasetInfo, type LoadedDataset, defineDataset, logNotes } from '../dataset.js';
import { name } from '../layer-keys.js';
import { obtain } from '../obtain.js';
import { splitValues } from '../split-values.js';
import { storedInputs } from '../stored-inputs.js';

const array = z
  .strictObject({
    array: z.string().min(1).describe('An NPY file, from the folder of the config, or with `path` the name of an array in it.'),
    type: z
      .enum(['number', 'class'])
      .optional()
      .describe('By default class for targets of whole numbers or booleans, else number.'),
    classes: z
      .int()
      .min(2)
      .max(65536)
      .optional()
      .describe('Classes run from 0 to classes - 1; by default to the largest there is.'),
    labels: z.array(z.string()).min(2).optional().describe('What the classes are called, in their order.'),
    scale_bytes: z
      .boolean()
      .optional()
      .describe('Whether numbers of type uint8 become value / 255, as in pictures: by default those of inputs do.'),
  })
  .refine(({ type, classes, labels }) => type !== 'number' || (classes === undefined && labels === undefined), {
    message: 'numbers have no classes: leave out classes and labels, or say type: class',
    path: ['type'],
  })
  .refine(({ classes, labels }) => classes === undefined || labels === undefined || classes === labels.length, {
    message: 'there must be as many labels as classes',
    path: ['labels'],
  });
const arrayOrName = z.union([
  z
    .string()
    .min(1)
    .transform((text) => array.parse({ array: text })),
  array,
]);

const fields = (only: string, what: string) =>
  z
    .union([
      z
        .string()
        .min(1)
        .transform((text) => ({ [only]: array.parse({ array: text }) })),
      z.record(name, arrayOrName).refine((map) => Object.keys(map).length > 0, 'needs at least one array'),
    ])
    .describe(
      `${what}: an array, which is then called \`${only}\`, or several by their names. The first axis counts the records.`,
    );
const tests = (only: string, what: string) =>
  z
    .union([
      z
        .string()
        .min(1)
        .transform((text): Record<string, string> => ({ [only]: text })),
      z.record(name, z.string().min(1)),
    ])
    .optional()
    .describe(`The same of the test part, by the names of \`${what}\`; without it a part of the records is kept for the test.`);

const options = z
  .object({
    path: z
      .string()
      .min(1)
      .optional()
      .describe('An NPZ archive, from the folder of the config, or npm:<package>/<file>. Without it every array is a file.'),
    obtain,
    inputs: fields('input', 'What the model reads'),
    targets: fields('target', 'What it is compared with'),
    test_inputs: tests('input', 'inputs'),
    test_targets: tests('target', 'targets'),
    test: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe('The part of the records that is kept for the test, 0.2 by default: by their content, or as `split` says.'),
    seed: z.int().nonnegative().default(0).describe('Another number makes another split.'),
    memory_mb: z
      .number()
      .nonnegative()
      .default(512)
      .describe(
        'Megabytes that arrays of NPY files may take in memory, in the order in which they are named. What takes more is read from its ' +
          'file record by record; one number or class for each record is always in memory, and so is what an archive holds.',
      ),
    on_error: z
      .enum(['fail', 'skip'])
      .default('fail')
      .describe(
        'What becomes of records with a value that is no finite number, or no class: an error, or left out, counted and the first 20 of ' +
          'them listed.',
      ),
  })
  .refine(({ test_inputs, test_targets }) => (test_inputs === undefined) === (test_targets === undefined), {
    message: 'test_inputs and test_targets belong together',
    path: ['test_inputs'],
  })
  .refine(({ test, test_inputs }) => test === undefined || test_inputs === undefined, {
    message: 'the test part has arrays of its own: leave out test, or test_inputs and test_targets',
    path: ['test'],
  });
type Options = z.output<typeof options>;
type Path = DatasetError['path'];

/**
 * Arrays of NumPy. Inputs and targets are `[...]`, the shape of the array without its first axis; a number for each record is an input
 * `[1]` and a target `[]`, and so is a class of its own in a second axis of length 1. Numbers become 32-bit.
 */
export const arrays = defineDataset({
  type: 'arrays',
  summary: 'Arrays of numbers as NumPy saves them: NPY files, or those of an NPZ archive.',
  options,
  async load(given, context): Promise<LoadedDataset> {
    const store = new ArrayStore(given, context);
    const train = await readPart(given, store, undefined);
    const test = given.test_inputs === undefined ? undefined : await readPart(given, store, train.arrays);
    const reasons = [...train.bad.values(), ...(test?.bad.values() ?? [])];
    const notes = skippedLines(reasons, ['record', 'records']);
    logNotes(context, notes);
    const provenance = [...store.provenance, ...skippedRowsProvenance(train.arrays[0]!.name, reasons)];
    return { ...(test === undefined ? splitPart(train, given, context) : givenParts(train, test)), notes, provenance };
  },
  newRecords: {
    from: 'NPY or NPZ',
    readsArrays: true,
    read({ inputs, on_error: onError }, paths, { fitted }) {
      const said = Object.entries(inputs).map(
        ([field, { array, scale_bytes: scaleBytes }]) => [field, { array, scaleBytes }] as const,
      );
      return readNewArrays(paths, storedInputs(fitted), { said: Object.fromEntries(said), skips: onError === 'skip' });
    },
  },
});

type Parts = Pick<LoadedDataset, 'info' | 'train' | 'test' | 'keys'>;
const noRecords = new Uint32Array(0);

/** Both parts as they were given. */
function givenParts(train: ReadPart, test: ReadPart): Parts {
  const partOf = ({ arrays, kept, bad }: ReadPart): Examples =>
    bad.size === 0 ? recordsOf(arrays) : partRecords(arrays, { rest: kept, held: noRecords }, [...bad.keys()]).train;
  const { inputs, targets } = fieldsOf(train.arrays, test.arrays);
  const keysIn = ({ arrays, kept }: ReadPart): ContentKeys => keysAt(keysOf(arrays, { ...inputs, ...targets }), kept);
  const keys = { train: keysIn(train), test: keysIn(test) };
  const parts = { train: partOf(train), test: partOf(test) };
  return { info: infoOf(train.arrays, test.arrays, parts), ...parts, keys };
}

/** Some of the records for the test, and the others to train on. */
function splitPart({ arrays, kept, bad }: ReadPart, given: Options, context: DatasetContext): Parts {
  const [first] = arrays as [FieldArray];
  if (kept.length < 2) {
    throw new DatasetError(
      first.path,
      `${first.name} has one record${bad.size > 0 ? ' that can be learnt from' : ''}, and one at least must be trained on, and one tested with`,
      { hint: 'give more records, or test arrays' },
    );
  }
  const { inputs, targets } = fieldsOf(arrays, []);
  const keys = keysOf(arrays, { ...inputs, ...targets });
  const split = cut(arrays, kept, keysAt(keys, kept), given, context);
  const parts = partRecords(arrays, split, [...bad.keys()]);
  return {
    info: infoOf(arrays, [], parts),
    ...parts,
    keys: { train: keysAt(keys, split.rest), test: keysAt(keys, split.held) },
  };
}

function infoOf(
  train: readonly FieldArray[],
  tested: readonly FieldArray[],
  { train: { length: trainLength }, test: { length: testLength } }: { train: Examples; test: Examples },
): DatasetInfo {
  return { ...fieldsOf(train, tested), trainLength, testLength };
}

/** @param tested the test part, where it has arrays of its own: what classes there are depends on it as well */
function fieldsOf(train: readonly FieldArray[], tested: readonly FieldArray[]): Pick<DatasetInfo, 'inputs' | 'targets'> {
  const made = train.map((one) => ({
    one,
    field: fieldOf(
      one,
      tested.find(({ field }) => field === one.field),
    ),
  }));
  const where = (isInput: boolean): Record<string, Field> =>
    Object.fromEntries(made.filter(({ one }) => one.use.isInput === isInput).map(({ one, field }) => [one.field, field]));
  return { inputs: where(true), targets: where(false) };
}

/** An array that is a field of the records. */
type FieldArray = NamedArray & {
  /** What the config calls it. */
  readonly array: string;
  readonly use: ArrayUse & Pick<z.output<typeof array>, 'classes' | 'labels'>;
  /** Where the config names it. */
  readonly path: Path;
};

/** The arrays of a part, and which of their records can be learnt from. */
interface ReadPart {
  readonly arrays: readonly FieldArray[];
  readonly kept: Uint32Array;
  /** The others: none unless the config says that they are left out. */
  readonly bad: BadRecords;
}

/**
 * Reads the arrays of a part.
 * @param like those that were trained on: the test's are to be like them
 */
async function readPart(given: Options, store: ArrayStore, like: readonly FieldArray[] | undefined): Promise<ReadPart> {
  const found: FieldArray[] = [];
  const bad: BadRecords = new Map();
  for (const side of ['inputs', 'targets'] as const) {
    const test = given[`test_${side}`];
    if (like !== undefined) checkNames(given, side);
    for (const [field, { array, ...chosen }] of Object.entries(given[side])) {
      const path = like === undefined ? [side, field] : [`test_${side}`, field];
      if (side === 'targets' && Object.hasOwn(given.inputs, field)) {
        throw new DatasetError(path, `an input is called "${field}" as well`, { hint: 'give one of them another name' });
      }
      const use = { ...chosen, isInput: side === 'inputs', ...(given.on_error === 'skip' ? { bad } : {}) };
      const stored = await located(path, () => store.read(like === undefined ? array : test![field]!, use, path));
      found.push({ ...stored, field, array, use, path });
    }
  }
  const [first] = found as [FieldArray, ...FieldArray[]];
  for (const one of found) {
    if (one.length === 0) throw new DatasetError(one.path, `${one.name} has no records`);
    if (one.length !== first.length) {
      throw new DatasetError(one.path, `${one.name} has ${one.length} records, but ${first.name} has ${first.length}`, {
        hint: 'the first axis of every array counts the records',
      });
    }
    const trained = like?.find(({ field }) => field === one.field);
    if (trained !== undefined) checkAlike(one, trained);
  }
  const kept = Uint32Array.from({ length: first.length }, (_, record) => record).filter((record) => !bad.has(record));
  if (kept.length === 0) {
    const [reason] = bad.values();
    throw new DatasetError(first.path, `no record can be learnt from: ${reason}`);
  }
  return { arrays: found, kept, bad };
}

function checkNames(given: Options, side: 'inputs' | 'targets'): void {
  const [own, test] = [Object.keys(given[side]), Object.keys(given[`test_${side}`]!)];
  const lost = own.find((field) => !test.includes(field));
  const more = test.find((field) => !own.includes(field));
  if (more !== undefined) {
    throw new DatasetError([`test_${side}`, more], `\`${side}\` has no "${more}"`, { unknown: { word: more, names: own } });
  }
  if (lost !== undefined) {
    throw new DatasetError([`test_${side}`], `the test part has no "${lost}"`, { hint: `\`${side}\` has ${own.join(', ')}` });
  }
}

function checkAlike(test: FieldArray, train: FieldArray): void {
  const shapeOf = ({ shape }: FieldArray): string => (shape.length === 0 ? 'single numbers' : `[${shape.join(', ')}]`);
  if (shapeOf(test) !== shapeOf(train)) {
    throw new DatasetError(test.path, `records of ${test.name} are ${shapeOf(test)}, but of ${train.name} ${shapeOf(train)}`);
  }
  if (test.Values !== train.Values || test.isClass !== train.isClass) {
    throw new DatasetError(test.path, `${test.name} is ${test.dtype}, but ${train.name} is ${train.dtype}`, {
      hint: 'they would be read otherwise: save both with one dtype',
    });
  }
}

/** More classes than this are meant only by those who say so. */
const mostGuessed = 256;

function fieldOf(one: FieldArray, test: FieldArray | undefined): Field {
  const { shape, isClass, path, use, name } = one;
  if (!isClass) return { kind: 'number', shape };
  const largest = Math.max(one.largest, test?.largest ?? 0);
  const classes = use.classes ?? use.labels?.length ?? largest + 1;
  if (largest >= classes) {
    const at = one.largest >= classes ? one : test!;
    throw new DatasetError(at.path, `${at.name} has the class ${largest}, expected 0 to ${classes - 1}`, {
      hint: 'set `classes` to their number, or correct the array',
    });
  }
  if (classes < 2) {
    throw new DatasetError(path, `every record of ${name} is of class 0: there is nothing to be told`, {
      hint: 'set `classes` where others may come, or say `type: number`',
    });
  }
  if (classes > mostGuessed && use.type === undefined && use.classes === undefined && use.labels === undefined) {
    throw new DatasetError(path, `${name} holds whole numbers up to ${largest}: are they classes or numbers?`, {
      hint: `write {array: ${one.array}, type: class}, or type: number`,
    });
  }
  return { kind: 'class', shape, classes, ...(use.labels === undefined ? {} : { labels: use.labels }) };
}

/** Which records are tested on depends on what is in each, so that a record more or less moves no other. */
function cut(
  arrays: readonly FieldArray[],
  kept: Uint32Array,
  keys: ContentKeys,
  { test = 0.2, seed }: Options,
  { splitter = byChance }: DatasetContext,
): Cut {
  const by = splitValues(splitter.plan, fieldsOf(arrays, []), recordsOf(arrays));
  const own = by && Array.from(kept, (record) => by[record]!);
  const { rest, held } = splitter.test({ length: kept.length, keys, by: own }, test, seed);
  return { rest: rest.map((place) => kept[place]!), held: held.map((place) => kept[place]!) };
}
