import { join } from 'node:path';
import { DatasetError } from '../data/dataset-error.js';
import type { Examples } from '../data/field.js';
import { openPrepared, preparedKey, readPrepared, writePrepared } from '../data/prepared-cache.js';
import { fileProvenance, md5OfFile } from '../data/provenance.js';
import { type RecordLayout, preparedRecords } from '../data/record-layout.js';
import { sharedArray } from '../data/shared.js';
import { type DatasetContext, type DatasetInfo, type LoadedDataset, logNotes } from './dataset.js';
import type { RowStorage } from './encoded-rows.js';

/** What is known of a table beside its rows: a JSON value. */
interface KnownTable extends Required<Pick<LoadedDataset, 'info' | 'notes' | 'fitted' | 'valueNames'>> {
  /** What was said of rows that were skipped, and of what the model reads. */
  readonly skipped: readonly string[];
  readonly chosen: readonly string[];
  /** Rows that were skipped, for the run's environment record. */
  readonly leftOut: LoadedDataset['provenance'];
}

/**
 * Words of 32 bits of each row: what stands for its content (two of them), of which part it is, its number in the files, and what is to be
 * told, so many that rows start at whole words of 64 bits.
 */
const wordsOf = (targets: number): number => 4 + 2 * Math.ceil(targets / 2);
const [partWord, numberWord, targetWord] = [2, 3, 4];
const parts = { train: 0, validation: 1, neither: 2, test: 3 };

/** The numbers of the rows that the records of each part are. */
type Rows = Readonly<Record<'train' | 'test', Uint32Array>>;

/** A function of its own, since one that is made beside a table would keep it in memory. */
export const rowNames =
  (rows: Rows): NonNullable<LoadedDataset['nameOf']> =>
  (part, record) =>
    `row ${rows[part][record]!}`;

/**
 * A table as a model reads it, in two files that are kept: the inputs of its rows, those to train on before those to test with, and what
 * else is known of each row. They are named by all that they depend on, and read in place of the table.
 */
export class KeptTable {
  /** What the table was read from. */
  readonly provenance: LoadedDataset['provenance'];
  readonly path: string;
  readonly key: string;
  private readonly rowsPath: string;

  private constructor(key: string, folder: string, provenance: LoadedDataset['provenance']) {
    this.key = key;
    this.path = join(folder, `table-${key}.records`);
    this.rowsPath = join(folder, `table-${key}.rows`);
    this.provenance = provenance;
  }

  /** @param options all that says how the files are read */
  static async of(files: readonly string[], options: unknown, { cache, splitter, fitted }: DatasetContext): Promise<KeptTable> {
    const { version } = await import('@duckdb/node-api');
    const md5 = files.map(md5OfFile);
    const key = preparedKey('table', 5, version(), files, md5, options, splitter?.plan ?? null, fitted?.dataset ?? null);
    const provenance = fileProvenance(
      files.map((path) => ({ path })),
      md5,
    );
    return new KeptTable(key, join(cache, 'prepared'), provenance);
  }

  /** What was kept, if it is whole. */
  open(memory: number, context: DatasetContext): LoadedDataset | undefined {
    const records = openPrepared(this.path, this.key);
    if (records === undefined) return undefined;
    const { layout, skipped, chosen, leftOut, ...known } = records.notes as KnownTable & { layout: RecordLayout };
    const rows = openPrepared(this.rowsPath, this.key, 4 * wordsOf(Object.keys(known.info.targets).length));
    if (rows?.length !== records.length) return undefined;
    const held = records.recordBytes * records.length <= memory ? { records: readPrepared(records) } : undefined;
    const each = readPrepared(rows);
    if (each === undefined || (held !== undefined && held.records === undefined)) return undefined;
    logNotes(context, skipped);
    for (const line of chosen) context.log(line);
    const recordsFrom = (first: number): Pick<Examples, 'columns' | 'reader'> =>
      preparedRecords(records, layout, held?.records, first);
    return { ...known, ...rowsOf(known.info, each, recordsFrom), provenance: [...this.provenance, ...leftOut] };
  }

  /**
   * Where the inputs are to be written.
   * @throws DatasetError if another table was read than this one is named by
   */
  file(provenance: LoadedDataset['provenance'], known: KnownTable): RowStorage['keep'] {
    const changed = provenance.find(({ md5 }, i) => md5 !== this.provenance[i]?.md5);
    if (changed === undefined) return { path: this.path, key: this.key, notes: (layout) => ({ ...known, layout }) };
    throw new DatasetError(['path'], `${changed.file} changed while it was read`, {
      hint: 'try again when nothing writes to it',
    });
  }

  /** Keeps what is known of each row. Their inputs have been written before. */
  async write(
    { info, train, test, keys, validation }: Required<Pick<LoadedDataset, 'info' | 'train' | 'test' | 'keys' | 'validation'>>,
    rows: Rows,
  ): Promise<void> {
    const targets = Object.keys(info.targets);
    const bytes = new Uint8Array(4 * wordsOf(targets.length));
    const [key, numbers, whole] = views(bytes.buffer);
    const sides = new Uint8Array(train.length).fill(parts.neither);
    for (const record of validation.rest) sides[record] = parts.train;
    for (const record of validation.held) sides[record] = parts.validation;
    await writePrepared(this.rowsPath, this.key, bytes.length, (append) => {
      for (const [part, { length, columns }] of [['train', train] as const, ['test', test] as const]) {
        const told = targets.map((name) => columns[name]!.values);
        for (let record = 0; record < length; record++) {
          key[0] = keys[part][record]!;
          whole[partWord] = part === 'train' ? sides[record]! : parts.test;
          whole[numberWord] = rows[part][record]!;
          for (const [i, values] of told.entries()) numbers[targetWord + i] = values[record]!;
          append(bytes);
        }
      }
      return Promise.resolve(null);
    });
  }
}

const views = (buffer: ArrayBufferLike) => [new Float64Array(buffer), new Float32Array(buffer), new Uint32Array(buffer)] as const;

/** What was kept of each row. */
function rowsOf(
  { targets, trainLength, testLength }: DatasetInfo,
  { buffer }: Uint8Array,
  recordsFrom: (first: number) => Pick<Examples, 'columns' | 'reader'>,
): Required<Pick<LoadedDataset, 'train' | 'test' | 'keys' | 'validation' | 'nameOf'>> {
  const [key, numbers, whole] = views(buffer);
  const fields = Object.entries(targets);
  const words = wordsOf(fields.length);
  const partOf = (first: number, length: number) => {
    const told = fields.map(([name, { kind }]) => {
      const Values = kind === 'class' ? Uint16Array : Float32Array;
      return [name, { values: sharedArray<Float32Array | Uint16Array>(Values, length) }] as const;
    });
    const [keys, rows] = [new Float64Array(length), new Uint32Array(length)];
    for (let record = 0; record < length; record++) {
      const at = words * (first + record);
      keys[record] = key[at / 2]!;
      rows[record] = whole[at + numberWord]!;
      for (const [i, [, { values }]] of told.entries()) values[record] = numbers[at + targetWord + i]!;
    }
    const { columns, ...reader } = recordsFrom(first);
    return { examples: { length, columns: { ...columns, ...Object.fromEntries(told) }, ...reader }, keys, rows };
  };
  const side = (wanted: number): Uint32Array => {
    const all = Uint32Array.from({ length: trainLength }, (_, record) => record);
    return share(all.filter((record) => whole[words * record + partWord] === wanted));
  };
  const [train, test] = [partOf(0, trainLength), partOf(trainLength, testLength)];
  return {
    train: train.examples,
    test: test.examples,
    validation: { rest: side(parts.train), held: side(parts.validation) },
    keys: { train: train.keys, test: test.keys },
    nameOf: rowNames({ train: train.rows, test: test.rows }),
  };
}

/** In memory that all threads see. */
function share(records: Uint32Array): Uint32Array {
  const shared = sharedArray(Uint32Array, records.length);
  shared.set(records);
  return shared;
}
