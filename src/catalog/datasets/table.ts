import { join } from 'node:path';
import type { z } from 'zod';
import { DatasetError } from '../../data/dataset-error.js';
import type { Examples } from '../../data/field.js';
import { locateFiles } from '../../data/locate.js';
import { requireRecords } from '../../data/new-files.js';
import { skippedLines, skippedRowsProvenance } from '../../data/skipped.js';
import { type Table, areDatabases, readTable } from '../../data/table.js';
import {
  type DatasetContext,
  type FittedContext,
  type LoadedDataset,
  type NewRecords,
  defineDataset,
  logNotes,
} from '../dataset.js';
import { type RowEncoder, encodeRows, storeRows } from '../encoded-rows.js';
import type { CellEncoder, FeatureColumn } from '../feature.js';
import { features as kinds } from '../features/index.js';
import { KeptTable, rowNames } from '../kept-table.js';
import { describeUnseen, knownRows } from '../known-rows.js';
import { describeMissing } from '../missing-values.js';
import { type Feature, checkNewColumns, chooseFeatures, describeFeatures, requireColumn } from '../table-features.js';
import { toldColumns, withoutLabels } from '../table-labels.js';
import { tableOptions } from '../table-options.js';
import { type TableFiles, holdsText, locateParts, partRows, readParts } from '../table-parts.js';
import { readableRows } from '../table-rows.js';
import {
  type FittedTarget,
  type TableTarget,
  fitTarget,
  guessTarget,
  standardizedTarget,
  targetEncoder,
  targetField,
} from '../table-target.js';

type Options = z.output<typeof tableOptions>;

/** What is told, and in which column it was. */
type KnownTarget = FittedTarget & { readonly column: string };

/** What a table was fitted to: kept in checkpoints as JSON. A list, since the order of a map's keys is lost there. */
interface FittedTable {
  readonly features: readonly {
    readonly name: string;
    readonly feature: Feature;
    readonly fitted: unknown;
    /** Whether it held text, which a file of few rows may look like something else in. */
    readonly isText?: boolean;
  }[];
  /** In the order of the config. */
  readonly targets: readonly KnownTarget[];
  /** What the files had, of which a query may have made something else. */
  readonly columns?: readonly string[];
}

/**
 * The rows of a table. Numeric columns and categories together are the input `input` `[numbers]`; each text column is an input of its own,
 * `[length]` words by their place in the vocabulary (0 is padding, 1 any other word), called `input` if it is the only feature. Target: a
 * class, or a number as it is or standardized; several are called as their columns. What is fitted (means, categories, vocabularies) is fitted to the training part alone, and kept: other rows
 * are read as those were, whatever the files hold by then.
 */
export const table = defineDataset({
  type: 'table',
  summary: 'Rows of a table: CSV, TSV, JSON, Parquet, SQLite, or what an SQL query makes of them.',
  options: tableOptions,
  load: read,
  newRecords: { from: 'CSV, TSV, JSON, JSON lines, Parquet or SQLite', read: readNew },
});

async function read(given: Options, context: DatasetContext): Promise<LoadedDataset> {
  const files = locateParts(given, context.folder);
  const { memory_mb, cache, ...options } = given;
  const memory = memory_mb * 2 ** 20;
  const kept = cache ? await KeptTable.of([...files.path, ...files.test], options, context) : undefined;
  return kept?.open(memory, context) ?? load(given, context, { files, memory, kept });
}

interface Reading {
  readonly files: TableFiles;
  /** Bytes that rows may take in memory. */
  readonly memory: number;
  /** Where they are to be kept. */
  readonly kept: KeptTable | undefined;
}

async function load(given: Options, context: DatasetContext, { files, memory, kept }: Reading): Promise<LoadedDataset> {
  const skipped: string[] = [];
  const skip = given.on_error === 'skip' ? (line: string): void => void skipped.push(line) : undefined;
  const parted = await readParts(files, { ...given, skipped: skip });
  const { whole, own } = parted;
  const before = (context.fitted?.dataset ?? undefined) as FittedTable | undefined;
  const named = toldColumns(given);
  const remarks: string[] = [];
  const leftOutColumn = skip && ((line: string): unknown => remarks.push(line));
  const features =
    before === undefined
      ? chooseFeatures(own, { ...given, targets: named, leftOut: leftOutColumn })
      : featuresOf(before, own, given);
  const knownTargets = before && named.map((target) => knownTarget(before, target, named.length));
  const targets = named.map((target, i) => ({
    ...target,
    type: knownTargets?.[i]?.type ?? target.type ?? guessTarget(own, target),
  }));
  let rows = readableRows(whole, features, targets, given, (line) => skipped.push(line));
  if (rows.length < 2) {
    throw new DatasetError(
      ['path'],
      `the table has ${rows.length} ${rows.length === 1 ? 'row' : 'rows'}${rows.length < whole.length ? ' that can be read' : ''}: one at least must be trained on, and one tested with`,
      { hint: skipped.length > 0 ? `the first that cannot: ${skipped[0]}` : 'take more rows' },
    );
  }
  const columnOf = (name: string, path: readonly (string | number)[], of: Uint32Array): FeatureColumn => ({
    name,
    cells: whole.columns.get(name)!,
    rows: of,
    path,
  });
  /** What is fitted to the training part of the rows, and how they are read with it. */
  const fitRows = () => {
    const parts = partRows(parted, rows, { ...given, target: named[0]!.column, splitter: context.splitter });
    requireParts({ train: parts.train, test: parts.test }, skipped);
    const fitOf = ({ type, column, path, standardize }: (typeof targets)[number]): KnownTarget => {
      // The classes are those of the validation part too: they are no secret, and each fold has the same.
      const found = fitTarget(type, columnOf(column, path, parts.train));
      return { ...(standardize ? standardizedTarget(found, columnOf(column, path, parts.fitTo)) : found), column };
    };
    const fitted: FittedTable = before
      ? { ...before, targets: knownTargets! }
      : {
          features: [...features].map(([name, feature]) => ({
            name,
            feature,
            fitted: kinds.get(feature.type).fit(feature, columnOf(name, ['features', name], parts.fitTo)),
            isText: holdsText(own.columns.get(name)!),
          })),
          targets: targets.map(fitOf),
          ...(given.query === undefined ? {} : { columns: whole.source }),
        };
    const told = targets.map(({ name, column, path, type }, i): readonly [string, RowEncoder] => [
      name,
      {
        field: targetField(fitted.targets[i]!),
        columns: [{ name: column, path, encoder: targetEncoder(fitted.targets[i]!, column) }],
        Values: type === 'class' ? Uint16Array : Float32Array,
      },
    ]);
    return { ...parts, fitted, inputs: featureEncoders(fitted), told };
  };
  let ready = fitRows();
  // Classes and categories that only other rows have: without these rows others may be fitted to.
  while (skip !== undefined) {
    const encoders = [...Object.values(ready.inputs), ...ready.told.map(([, encoder]) => encoder)];
    const known = knownRows(whole, rows, encoders, skip);
    if (known.length === rows.length) break;
    rows = known;
    ready = fitRows();
  }
  const { train, test, fitted, inputs, told, validation, keys } = ready;
  const lines = [...skippedLines(skipped, ['row', 'rows']), ...remarks, ...describeUnseen(whole, rows, Object.values(inputs))];
  logNotes(context, lines);
  const leftOut = skippedRowsProvenance(files.path[0]!, skipped);
  const chosen =
    before === undefined && withoutLabels(given.features) === undefined
      ? [`features of the table: ${describeFeatures(features)}`]
      : [];
  for (const line of chosen) context.log(line);
  const known = {
    info: {
      inputs: Object.fromEntries(Object.entries(inputs).map(([name, { field }]) => [name, field])),
      targets: Object.fromEntries(told.map(([name, { field }]) => [name, field])),
      trainLength: train.length,
      testLength: test.length,
    },
    notes: [
      ...describeMissing(
        whole,
        features,
        targets.map(({ column }) => column),
        given.missing,
      ),
      ...lines,
    ],
    valueNames: valueNamesOf(inputs),
    fitted,
  };
  const ofTargets = [train, test].map((rows) =>
    Object.fromEntries(told.map(([name, encoder]) => [name, encodeRows(whole, encoder, rows)])),
  );
  const stored = await storeRows(whole, inputs, [train, test], {
    memory,
    folder: join(context.cache, 'prepared'),
    keep: kept?.file(whole.provenance, { ...known, skipped: lines, chosen, leftOut }),
  });
  const [trained, tested] = [train, test].map(({ length }, i): Examples => {
    const { columns, ...reader } = stored[i]!;
    return { length, columns: { ...columns, ...ofTargets[i] }, ...reader };
  }) as [Examples, Examples];
  const provenance = [...whole.provenance, ...leftOut];
  const dataset = { ...known, train: trained, test: tested, validation, keys, provenance };
  const numbers = { train: train.map(whole.numberOf), test: test.map(whole.numberOf) };
  await kept?.write(dataset, numbers);
  if (kept !== undefined) context.log(`the rows of the table are kept in ${kept.path}`);
  return { ...dataset, nameOf: rowNames(numbers) };
}

/** What columns have become, in words: of those that are numbers. */
function valueNamesOf(inputs: Readonly<Record<string, RowEncoder>>): NonNullable<LoadedDataset['valueNames']> {
  const numbers = Object.entries(inputs).filter(([, { field }]) => field.kind === 'number');
  return Object.fromEntries(numbers.map(([name, { columns }]) => [name, columns.flatMap(({ encoder }) => encoder.names)]));
}

/** @throws DatasetError where a part has no rows */
function requireParts(parts: Readonly<Record<'train' | 'test', Uint32Array>>, skipped: readonly string[]): void {
  for (const [part, { length }] of Object.entries(parts)) {
    if (length > 0) continue;
    throw new DatasetError([part === 'test' ? 'test' : 'path'], `there is no row in the ${part} part that can be read`, {
      hint: skipped.length > 0 ? `the first that cannot: ${skipped[0]}` : 'take more rows',
    });
  }
}

/** The rows of other files, which need not have the target. */
async function readNew(given: Options, paths: readonly string[], { folder, fitted }: FittedContext): Promise<NewRecords> {
  const { features, columns } = fitted.dataset as FittedTable;
  const skipped: string[] = [];
  const text = features.filter(({ isText }) => isText).map(({ name }) => name);
  const skip = given.on_error === 'skip' ? (line: string): unknown => skipped.push(line) : undefined;
  const files = paths.flatMap((path) => locateFiles(path, folder));
  const whole = await readTable(files, {
    ...given,
    table: areDatabases(files) ? given.table : undefined,
    text,
    expected: given.query === undefined ? undefined : columns,
    skipped: skip,
  });
  const lacking = checkNewColumns(
    whole,
    features.map(({ name }) => name),
  );
  const chosen = new Map(features.map(({ name, feature }) => [name, feature]));
  const noRows = skipped.length; // lines that are none, which `whole` lacks
  const hint = 'correct the value; --set data.dataset.on_error=skip leaves such rows out and lists them';
  const encoders = Object.entries(featureEncoders(fitted.dataset as FittedTable));
  const all = encoders.map(([, encoder]) => encoder);
  const readable = readableRows(whole, chosen, [], { ...given, hint }, (line) => skipped.push(line));
  const rows = skip === undefined ? readable : knownRows(whole, readable, all, skip);
  const dropped = whole.length - rows.length - (skipped.length - noRows);
  const notes = [
    ...lacking,
    ...skippedLines(skipped, ['row', 'rows']),
    ...(dropped > 0 ? [`${dropped} ${dropped === 1 ? 'row lacks a value and is' : 'rows lack a value and are'} left out`] : []),
    ...describeUnseen(whole, rows, all),
  ];
  requireRecords(rows.length, notes, 'rows');
  return {
    inputs: Object.fromEntries(encoders.map(([name, { field }]) => [name, field])),
    records: {
      length: rows.length,
      columns: Object.fromEntries(encoders.map(([name, encoder]) => [name, encodeRows(whole, encoder, rows)])),
    },
    names: Array.from(rows, (row) => String(whole.numberOf(row))),
    named: 'row',
    notes,
  };
}

/**
 * The features that a model was trained with.
 * @throws DatasetError where the config says others, or the table lacks a column
 */
function featuresOf({ features }: FittedTable, whole: Table, given: Options): Map<string, Feature> {
  const chosen = new Map(features.map(({ name, feature }) => [name, feature]));
  if (withoutLabels(given.features) !== undefined) {
    const now = chooseFeatures(whole, { ...given, targets: toldColumns(given) });
    const other = [...new Set([...chosen.keys(), ...now.keys()])].find(
      (name) => describe(chosen.get(name)) !== describe(now.get(name)),
    );
    if (other !== undefined) {
      throw new DatasetError(
        ['features', other],
        `the model was trained with ${describe(chosen.get(other))}, and not with ${describe(now.get(other))}`,
        {
          hint: 'train it again to change what it reads',
        },
      );
    }
  }
  for (const { column, path } of toldColumns(given)) requireColumn(whole, column, path);
  for (const name of chosen.keys()) requireColumn(whole, name, ['features', name]);
  return chosen;
}

/**
 * What a model knows of a target: of several by its column, whatever their order is now. A single one may be in another column.
 * @throws DatasetError where the model was not trained to tell it
 */
function knownTarget({ targets }: FittedTable, { column, path }: TableTarget, count: number): KnownTarget {
  const found =
    targets.find((target) => target.column === column) ?? (count === 1 && targets.length === 1 ? targets[0] : undefined);
  if (found !== undefined) return found;
  const names = targets.map((target) => `"${target.column}"`).join(', ');
  throw new DatasetError(path, `the model was trained to tell ${names}, and not "${column}"`, {
    hint: 'train it again to tell others',
  });
}

/** A feature in words that do not depend on the order of its options. */
function describe(feature: Feature | undefined): string {
  if (feature === undefined) return 'nothing of it';
  const options = Object.entries(feature).filter(([, value]) => value !== undefined);
  return JSON.stringify(Object.fromEntries(options.sort(([a], [b]) => (a < b ? -1 : 1))));
}

function featureEncoders({ features }: FittedTable): Record<string, RowEncoder> {
  const encoders: Record<string, RowEncoder> = {};
  const numbers: RowEncoder['columns'][number][] = [];
  for (const { name, feature, fitted } of features) {
    const definition = kinds.get(feature.type);
    const column = { name, path: ['features', name], encoder: definition.encoder(feature, fitted, name) };
    if (definition.isSequence !== true) {
      numbers.push(column);
      if (feature.missing === 'indicator') numbers.push({ ...column, encoder: missingEncoder(name) });
      continue;
    }
    const own = features.length === 1 ? 'input' : name;
    const { size, names } = column.encoder;
    encoders[own] = {
      field: { kind: 'class', shape: [size], classes: names.length, labels: names },
      columns: [column],
      Values: Uint16Array,
    };
  }
  for (const taken of [...(numbers.length > 0 ? ['input'] : []), 'target']) {
    if (!Object.hasOwn(encoders, taken)) continue;
    throw new DatasetError(['features', taken], `a text column cannot be called "${taken}", which stands for something else`, {
      hint: `name it otherwise in the query: SELECT ${taken} AS words, …`,
    });
  }
  if (numbers.length === 0) return encoders;
  const width = numbers.reduce((sum, { encoder }) => sum + encoder.size, 0);
  return { ...encoders, input: { field: { kind: 'number', shape: [width] }, columns: numbers, Values: Float32Array } };
}

/** 1 where a value is missing. */
const missingEncoder = (name: string): CellEncoder => ({
  size: 1,
  names: [`${name} is missing`],
  write(cell, values, at) {
    values[at] = cell === null ? 1 : 0;
    return undefined;
  },
});
