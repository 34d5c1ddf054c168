import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoadedDataset } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import { readCsvHeader } from '../../src/data/csv-header.js';
import { DatasetError } from '../../src/data/dataset-error.js';
import { Splitter } from '../../src/data/split.js';
import { readTable } from '../../src/data/table.js';
import type { Cell } from '../../src/data/table-column.js';
import { openTokenizer } from '../../src/data/tokenizers/index.js';
import { type FittedTokenizer, decode } from '../../src/data/tokenizers/tokenizer.js';
import { program } from '../cli/nn.js';
import { cellsOf, tableCells } from './cells.js';
import { temporaryFolder, userError } from './idx-files.js';

const folder = temporaryFolder();
const context = { folder, cache: folder, log: () => {} };
const definition = datasets.get('table');

/** Writes a file of a name of its own, so that no test reads another's. */
let written = 0;
function write(content: string | Uint8Array, ending = 'csv'): string {
  const name = `table-${written++}.${ending}`;
  writeFileSync(join(folder, name), content);
  return name;
}
const load = (path: string, options: object): Promise<LoadedDataset> =>
  definition.load(definition.options.parse({ path, ...options }), context);

/** What is wrong with a table, and where the config says it. */
async function refusal(path: string, options: object = {}): Promise<string> {
  const error = await userError(() => load(path, { target: 'y', ...options }));
  expect(error).toBeInstanceOf(DatasetError);
  const where = (error as DatasetError).path.join('.');
  return `${where}: ${error.message}; ${error.hint ?? ''}`.replaceAll(`${folder}/`, '');
}

const rowsOf = async (name: string, query?: string): Promise<Record<string, Cell>[]> => {
  const { columns, length } = await readTable([join(folder, name)], { query });
  return Array.from({ length }, (_, row) => Object.fromEntries([...columns].map(([key, column]) => [key, column.at(row)])));
};

/** Lines of a CSV of a number, a category and a class. */
const lines = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${i},${'red green blue'.split(' ')[i % 3]},${i % 2 === 0 ? 'even' : 'odd'}`);
const csvOf = (count: number): string => ['n,colour,y', ...lines(count), ''].join('\n');

async function writeParquet(name: string, query: string): Promise<string> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (${query}) TO '${join(folder, name)}'`);
  connection.closeSync();
  return name;
}

describe('tables are read from', () => {
  const expected = [
    { a: 1, b: 'x' },
    { a: 2.5, b: 'y' },
  ];
  const objects = [
    { a: 1, b: 'x' },
    { a: 2.5, b: 'y' },
  ].map((row) => JSON.stringify(row));

  it.each<[string, string | Uint8Array, string]>([
    ['CSV', 'a,b\n1,x\n2.5,y\n', 'csv'],
    ['CSV with semicolons', 'a;b\n1;x\n2.5;y\n', 'csv'],
    ['CSV with a byte order mark and Windows line ends', '\uFEFFa,b\r\n1,x\r\n2.5,y\r\n', 'csv'],
    ['CSV without a last line end', 'a,b\n1,x\n2.5,y', 'csv'],
    ['compressed CSV', gzipSync('a,b\n1,x\n2.5,y\n'), 'csv.gz'],
    ['TSV', 'a\tb\n1\tx\n2.5\ty\n', 'tsv'],
    ['JSON', `[${objects.join(',\n')}]`, 'json'],
    ['JSON lines', `${objects.join('\n')}\n`, 'jsonl'],
    ['JSON lines by their other name', `${objects.join('\n')}\n`, 'ndjson'],
  ])('%s', async (_, content, ending) => {
    expect(await rowsOf(write(content, ending))).toEqual(expected);
  });

  it('Parquet', async () => {
    const name = await writeParquet('some.parquet', "FROM (VALUES (1.0, 'x'), (2.5, 'y')) AS t(a, b)");
    expect(await rowsOf(name)).toEqual(expected);
  });

  it('several files in the order of their numbers, by the names of their columns', async () => {
    for (const [name, text] of [
      ['part-10.csv', 'b,a\nz,3\n'],
      ['part-9.csv', 'a,b\n2,y\n'],
      ['part-1.csv', 'a,b\n1,x\n'],
    ] as const)
      writeFileSync(join(folder, name), text);
    const { columns, provenance } = await readTable(
      ['part-1.csv', 'part-9.csv', 'part-10.csv'].map((name) => join(folder, name)),
    );
    expect(Object.entries(tableCells({ columns }))).toEqual([
      ['a', [1, 2, 3]],
      ['b', ['x', 'y', 'z']],
    ]);
    expect(provenance.map(({ file }) => file.slice(folder.length + 1))).toEqual(['part-1.csv', 'part-9.csv', 'part-10.csv']);
    const [first, second] = [lines(40).slice(0, 20), lines(40).slice(20)];
    writeFileSync(join(folder, 'half-1.csv'), ['n,colour,y', ...first].join('\n'));
    writeFileSync(join(folder, 'half-2.csv'), ['n,colour,y', ...second].join('\n'));
    const { info } = await load('half-*.csv', { target: 'y' });
    expect(info.trainLength + info.testLength).toBe(40);
  });

  it('files whose names DuckDB would take for patterns', async () => {
    writeFileSync(join(folder, 'p.csv'), 'a\n0\n');
    writeFileSync(join(folder, '[p].csv'), 'a\n1\n');
    writeFileSync(join(folder, 'p?.csv'), 'a\n2\n');
    writeFileSync(join(folder, "p's.csv"), 'a\n3\n');
    expect(await rowsOf('[p].csv')).toEqual([{ a: 1 }]);
    expect(await rowsOf('p?.csv')).toEqual([{ a: 2 }]);
    expect(await rowsOf("p's.csv")).toEqual([{ a: 3 }]);
  });

  it('many files with one line about them', async () => {
    mkdirSync(join(folder, 'many'));
    const names = Array.from({ length: 60 }, (_, i) => join(folder, 'many', `${i}.json`));
    names.forEach((name, i) => writeFileSync(name, JSON.stringify(i < 40 ? { i } : { i, late: 'x' })));
    const { columns, provenance } = await readTable(names);
    expect(cellsOf(columns.get('i')!)).toEqual(names.map((_, i) => i));
    expect(cellsOf(columns.get('late')!).filter((cell) => cell === 'x').length).toBe(20);
    expect(provenance).toEqual([{ file: `${names[0]} and 59 more`, md5: expect.stringMatching(/^[0-9a-f]{32}$/) }]);
    writeFileSync(names[7]!, JSON.stringify({ i: 8 }));
    expect((await readTable(names)).provenance[0]!.md5).not.toBe(provenance[0]!.md5);
  });
});

describe('the cells of a table', () => {
  it('keep line ends, quotes and delimiters that are in quotes', async () => {
    expect(await rowsOf(write('a,b\n"x\ny, z","say ""hi"""\nw,\n'))).toEqual([
      { a: 'x\ny, z', b: 'say "hi"' },
      { a: 'w', b: null },
    ]);
  });

  it('are what was written: no number of a word, no number without its zeros', async () => {
    const name = write('zip,flag,day,mixed\n01234,true,2020-02-03,1\n00001,false,2021-12-31,x\n');
    expect(await rowsOf(name)).toEqual([
      { zip: '01234', flag: 'true', day: '2020-02-03', mixed: '1' },
      { zip: '00001', flag: 'false', day: '2021-12-31', mixed: 'x' },
    ]);
  });

  it('have times of day as they are mostly written', async () => {
    const name = await writeParquet(
      'clocks.parquet',
      "SELECT t::TIME AS t FROM (VALUES ('00:00:00'), ('10:30:05'), ('23:59:59.25'), ('24:00:00'), (NULL)) AS rows(t)",
    );
    expect(await rowsOf(name)).toEqual(['00:00:00', '10:30:05', '23:59:59.25', '24:00:00', null].map((t) => ({ t })));
    expect(await rowsOf(write('t\n10:30:05\n'), "SELECT t::TIME AS t FROM data WHERE t > '10'")).toEqual([{ t: '10:30:05' }]);
  });

  it('have their type from all rows, the last included', async () => {
    const name = write(`a\n${Array.from({ length: 30_000 }, (_, i) => i).join('\n')}\nlast\n`);
    const { columns } = await readTable([join(folder, name)]);
    expect(cellsOf(columns.get('a')!).slice(-2)).toEqual(['29999', 'last']);
  });

  it('are numbers, texts or missing, whatever type SQL has', async () => {
    const query = `SELECT 1.5::DECIMAL(3, 1) AS decimal, sum(n)::HUGEINT AS huge, 'nan'::DOUBLE AS nothing,
      [1::BIGINT] AS list, {x: 2::BIGINT} AS struct, NULL AS missing, 7::BIGINT AS big FROM data`;
    expect(await rowsOf(write(csvOf(4)), query)).toEqual([
      { decimal: 1.5, huge: 6, nothing: null, list: '[1]', struct: '{"x":2}', missing: null, big: 7 },
    ]);
  });
});

describe('a CSV file', () => {
  it('gives each of its records as a row, or is refused', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', '1', ',', '"', '\n', ' ', ';'), maxLength: 5 });
    const escape = (text: string): string => (/[",\n ]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        async (rows, isRagged) => {
          const records = rows.map((row) => row.map(escape).join(','));
          const middle = Math.floor(records.length / 2);
          if (isRagged) records[middle] += ',extra';
          const name = write(`first,second\n${records.join('\n')}\n`);
          if (isRagged) expect((await userError(() => readTable([join(folder, name)]))).message).toContain(name);
          else {
            const { columns, length } = await readTable([join(folder, name)]);
            expect(length).toBe(rows.length);
            expect([...columns.keys()]).toEqual(['first', 'second']);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('without names in its first line has numbered columns', async () => {
    const name = write('1,x\n2,y\n');
    const { columns } = await readTable([join(folder, name)], { header: false });
    expect(Object.entries(tableCells({ columns }))).toEqual([
      ['column0', [1, 2]],
      ['column1', ['x', 'y']],
    ]);
  });

  it('has the delimiter of which its first line has most, outside of quotes', () => {
    const headerOf = (text: string | Uint8Array, ending = 'csv') => readCsvHeader(join(folder, write(text, ending)));
    expect(headerOf('\uFEFF"a;b;c",d\r\n1;2;3,4')).toEqual({ delimiter: ',', names: ['a;b;c', 'd'] });
    expect(headerOf('"line\nend";"quote"""|x;z\n')).toEqual({ delimiter: ';', names: ['line\nend', 'quote"|x', 'z'] });
    expect(headerOf('only\n1\n')).toEqual({ delimiter: ',', names: ['only'] });
    expect(headerOf(gzipSync(`a|b\n${'1|2\n'.repeat(1e6)}`), 'csv.gz')).toEqual({ delimiter: '|', names: ['a', 'b'] });
  });
});

describe('the order of the rows', () => {
  it('is that of the file, and of a query the same each time', async () => {
    const name = await writeParquet('long.parquet', 'SELECT range AS n, hash(range) % 100 AS m FROM range(200000)');
    const { columns } = await readTable([join(folder, name)]);
    expect(cellsOf(columns.get('n')!).every((n, i) => n === i)).toBe(true);
    const grouped = () => rowsOf(name, 'SELECT m, sum(n) AS total, random() AS r FROM data GROUP BY m');
    expect(await grouped()).toEqual(await grouped());
  });
});

describe('features', () => {
  it('are inferred: numbers, words as categories, the target left out', async () => {
    const { info, train, test } = await load(write(csvOf(300)), { target: 'y' });
    expect(info.inputs).toEqual({ input: { kind: 'number', shape: [4] } });
    expect(info.targets.target).toEqual({ kind: 'class', shape: [], classes: 2, labels: ['even', 'odd'] });
    expect(info.trainLength + info.testLength).toBe(300);
    expect(Math.abs(info.testLength - 60)).toBeLessThan(25);
    for (const { length, columns } of [train, test]) {
      for (let i = 0; i < length; i++) {
        const one = [...columns.input!.values.subarray(4 * i + 1, 4 * i + 4)];
        expect([...one].sort()).toEqual([0, 0, 1]);
      }
    }
  });

  it('of numbers get mean 0 and deviation 1 over the training part alone', async () => {
    const { train, test, info } = await load(write(csvOf(200)), { target: 'y', features: { n: 'numeric' }, test: 0.5 });
    const values = [...train.columns.input!.values];
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean).toBeCloseTo(0, 5);
    expect(values.reduce((sum, value) => sum + value ** 2, 0) / values.length).toBeCloseTo(1, 5);
    // Of all rows together it would be 0 too, weighted by their number.
    const held = [...test.columns.input!.values].reduce((sum, value) => sum + value, 0) / info.testLength;
    expect(Math.abs(held)).toBeGreaterThan(1e-3);
  });

  it('are declared: as they are, as categories of numbers, as words', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => `${i},${i % 3},${i % 2 ? 'good day' : 'bad night'},${i % 2}`);
    const name = write(['n,group,words,y', ...rows].join('\n'));
    const features = { n: { type: 'numeric', scaling: 'none' }, group: 'category', words: { type: 'text', length: 3 } };
    const { info, train } = await load(name, { target: 'y', features });
    expect(info.inputs).toEqual({
      input: { kind: 'number', shape: [4] },
      words: {
        kind: 'class',
        shape: [3],
        classes: 6,
        labels: ['', '\uFFFD', expect.any(String), expect.any(String), expect.any(String), expect.any(String)],
      },
    });
    const vocabulary = (info.inputs.words as unknown as { labels: string[] }).labels;
    expect(vocabulary.slice(2).sort()).toEqual(['bad', 'day', 'good', 'night']);
    for (let i = 0; i < train.length; i++) {
      const [n, ...group] = train.columns.input!.values.subarray(4 * i, 4 * i + 4);
      expect(group.indexOf(1)).toBe(n! % 3);
      const words = [...train.columns.words!.values.subarray(3 * i, 3 * i + 3)].map((place) => vocabulary[place]);
      expect(words).toEqual(n! % 2 ? ['good', 'day', ''] : ['bad', 'night', '']);
      expect(train.columns.target!.values[i]).toBe(n! % 2);
    }
  });

  it('of words know only those of the training part, and a text that is the only feature is the input', async () => {
    const name = write(
      [
        'words,y',
        ...Array.from(
          { length: 80 },
          (_, i) => `own${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))} shared,${i % 2}`,
        ),
      ].join('\n'),
    );
    const { info, train, test } = await load(name, { target: 'y', features: { words: { type: 'text', length: 2 } }, test: 0.3 });
    expect(Object.keys(info.inputs)).toEqual(['input']);
    const { labels } = info.inputs.input as unknown as { labels: string[] };
    expect(labels.length).toBe(3 + info.trainLength);
    expect([...train.columns.input!.values].every((place) => place > 1)).toBe(true);
    expect([...test.columns.input!.values].filter((place) => place === 1).length).toBe(info.testLength);
    const short = await load(name, { target: 'y', features: { words: { type: 'text', length: 2, vocabulary_size: 3 } } });
    expect((short.info.inputs.input as unknown as { labels: string[] }).labels).toEqual(['', '\uFFFD', 'shared']);
  });

  it('of characters or pairs of bytes come back as they were, cut and filled up where the config says', async () => {
    const texts = Array.from({ length: 60 }, (_, i) => `${'Häh? '.repeat(1 + (i % 3))}${i}`);
    const name = write(['words,y', ...texts.map((text, i) => `${text},${i % 2}`)].join('\n'));
    for (const tokenizer of ['character', 'bpe'] as const) {
      const words = { type: 'text', tokenizer, length: 40, vocabulary_size: 300, padding: 'pre', truncation: 'pre' };
      const { info, train, fitted } = await load(name, { target: 'y', features: { words } });
      const kept = (fitted as { features: { fitted: FittedTokenizer }[] }).features[0]!.fitted;
      expect(kept.type).toBe(tokenizer);
      const opened = openTokenizer(JSON.parse(JSON.stringify(kept)) as FittedTokenizer);
      expect((info.inputs.input as unknown as { labels: string[] }).labels).toEqual(opened.labels);
      for (let i = 0; i < train.length; i++) {
        const tokens = [...train.columns.input!.values.subarray(40 * i, 40 * i + 40)];
        expect(texts).toContain(decode(opened, tokens));
        expect(tokens[0]).toBe(0);
      }
      const short = await load(name, { target: 'y', features: { words: { ...words, length: 1 } } });
      const last = [...short.train.columns.input!.values].map((token) => decode(opened, [token]));
      for (const text of last) expect(text).toMatch(/\d$/);
    }
    const small = { words: { type: 'text', tokenizer: 'bpe', vocabulary_size: 9 } };
    expect((await userError(() => load(name, { target: 'y', features: small }))).message).toBe(
      'a vocabulary of 9 is too small for bpe',
    );
  });

  it('of a category that the training part lacks are all 0', async () => {
    const name = write(['c,y', ...Array.from({ length: 60 }, (_, i) => `c${i},${i % 2}`)].join('\n'));
    const { info, test } = await load(name, { target: 'y', test: 0.3 });
    expect(info.inputs.input!.shape).toEqual([info.trainLength]);
    expect([...test.columns.input!.values].every((value) => value === 0)).toBe(true);
  });
});

describe('the target', () => {
  const of = async (values: readonly (string | number)[], target: unknown = 'y') => {
    const name = write(['x,y', ...values.map((value, i) => `${i},${value}`)].join('\n'));
    return (await load(name, { target, seed: 1 })).info.targets.target!;
  };

  it('is a class for words, truths and few whole numbers, and else a number', async () => {
    const many = Array.from({ length: 100 }, (_, i) => i);
    expect(await of(many.map((i) => ['b', 'a'][i % 2]!))).toMatchObject({ kind: 'class', labels: ['a', 'b'] });
    expect(await of(many.map((i) => String(i % 2 === 0)))).toMatchObject({ kind: 'class', labels: ['false', 'true'] });
    expect(await of(many.map((i) => 8 + (i % 4)))).toMatchObject({ kind: 'class', labels: ['8', '9', '10', '11'] });
    expect(await of(many)).toEqual({ kind: 'number', shape: [] });
    expect(await of(many.map((i) => (i % 4) / 4))).toEqual({ kind: 'number', shape: [] });
    expect(
      await of(
        many.map((i) => i % 4),
        { column: 'y', type: 'numeric' },
      ),
    ).toEqual({ kind: 'number', shape: [] });
    expect(
      await of(
        many.map((i) => (i % 4) / 4),
        { column: 'y', type: 'class' },
      ),
    ).toMatchObject({ labels: ['0', '0.25', '0.5', '0.75'] });
  });

  it('is told as it is where it is a number', async () => {
    const name = write(['x,y', ...Array.from({ length: 50 }, (_, i) => `${i},${i + 0.5}`)].join('\n'));
    const { train } = await load(name, { target: 'y', features: { x: { type: 'numeric', scaling: 'none' } } });
    expect([...train.columns.target!.values]).toEqual([...train.columns.input!.values].map((x) => x + 0.5));
  });
});

describe('the split', () => {
  const side = ({ train, test }: LoadedDataset): Map<number, string> =>
    new Map([
      ...[...train.columns.input!.values].map((n) => [n, 'train'] as const),
      ...[...test.columns.input!.values].map((n) => [n, 'test'] as const),
    ]);
  const options = { target: 'y', features: { n: { type: 'numeric', scaling: 'none' } } };

  it('leaves a row where it is when others come, go or change places', async () => {
    const before = side(await load(write(csvOf(100)), options));
    const fewer = lines(140).filter((_, i) => i % 7 !== 0);
    const after = side(await load(write(['n,colour,y', ...fewer.reverse()].join('\n')), options));
    let both = 0;
    for (const [n, part] of before) {
      if (!after.has(n)) continue;
      expect(after.get(n)).toBe(part);
      both++;
    }
    expect(both).toBeGreaterThan(80);
  });

  it('has rows of the same content on the same side, and is another one for another seed', async () => {
    const doubled = await load(write(['n,colour,y', ...lines(60), ...lines(60)].join('\n')), options);
    const [train, test] = [doubled.train, doubled.test].map(({ columns }) => new Set(columns.input!.values));
    expect(train!.size + test!.size).toBe(60);
    expect(doubled.info.trainLength).toBe(2 * train!.size);
    const one = write(csvOf(100));
    expect(side(await load(one, { ...options, seed: 1 }))).not.toEqual(side(await load(one, options)));
    expect(await load(one, options)).toEqual({ ...(await load(one, options)), nameOf: expect.any(Function) as unknown });
  });
});

describe('rows that lack a value', () => {
  const name = write(
    ['a,b,c,y', ...Array.from({ length: 40 }, (_, i) => `${i === 3 ? '' : i},${i === 5 ? '' : `w${i % 2}`},${i},${i % 2}`)].join(
      '\n',
    ),
  );
  const options = { target: 'y', features: { a: { type: 'numeric', scaling: 'none' }, b: 'category' } };

  it('fail, with the first of them', async () => {
    expect(await refusal(name, options)).toMatch(/^features\.a: row 4, column "a": the value is missing; `missing: drop` leaves/);
    expect(await refusal(name, { ...options, features: { b: 'category' } })).toMatch(
      /^features\.b: row 6, column "b": the value is missing/,
    );
    expect((await load(name, { ...options, features: { c: 'numeric' } })).info.trainLength).toBeGreaterThan(20);
  });

  it('are left out', async () => {
    const { info } = await load(name, { ...options, missing: 'drop' });
    expect(info.trainLength + info.testLength).toBe(38);
  });

  it('are filled with the mean of the training part, and a category with none', async () => {
    const all = { ...options, missing: 'mean', features: { ...options.features, c: { type: 'numeric', scaling: 'none' } } };
    // 3 and 5 must be trained on.
    for (let seed = 0; ; seed++) {
      const { train } = await load(name, { ...all, seed });
      const rows = Array.from({ length: train.length }, (_, i) => [...train.columns.input!.values.subarray(4 * i, 4 * i + 4)]);
      const [third, fifth] = [3, 5].map((c) => rows.find((row) => row[3] === c));
      if (third === undefined || fifth === undefined) continue;
      const known = rows.filter((row) => row[3] !== 3).map((row) => row[0]!);
      expect(third[0]).toBeCloseTo(known.reduce((sum, value) => sum + value, 0) / known.length, 4);
      expect(fifth.slice(1, 3)).toEqual([0, 0]);
      break;
    }
  });

  it('of the target always fail or are left out', async () => {
    const gap = write('x,y\n1,a\n2,\n3,b\n');
    for (const missing of ['fail', 'mean']) {
      expect(await refusal(gap, { missing })).toBe(
        'target: row 2, column "y": the value is missing; `missing: drop` leaves such rows out',
      );
    }
  });
});

describe('a table that cannot be used', () => {
  /** A header and forty rows. */
  const rows = (header: string, row: (i: number) => string): string =>
    [header, ...Array.from({ length: 40 }, (_, i) => row(i))].join('\n');
  const half = (i: number): string => 'ab'[i % 2]!;
  it.each<[string, string | Uint8Array, object, string]>([
    ['is empty', '', {}, 'path: table-N.csv is empty; '],
    [
      'has no row',
      'x,y\n',
      {},
      'path: the table has 0 rows: one at least must be trained on, and one tested with; take more rows',
    ],
    [
      'has one row',
      'x,y\n1,2\n',
      {},
      'path: the table has 1 row: one at least must be trained on, and one tested with; take more rows',
    ],
    [
      'has a row that is too long',
      'x,y\n1,2\n3,4,5\n',
      {},
      'path: table-N.csv, line 3: expected number of columns: 2 found: 3: "3,4,5"; correct the file; data sets with `on_error: skip`',
    ],
    [
      'has a row that is too short',
      'x,y\n1,2\n3\n5,6\n',
      {},
      'path: table-N.csv, line 3: expected number of columns: 2 found: 1: "3"; correct the file',
    ],
    ['never ends a quote', 'x,y\n"1,2\n3,4\n', {}, 'path: table-N.csv, line 2: value with unterminated quote found: '],
    ['has line ends of two kinds', 'x,y\r\n1,2\n3,4\r\n', {}, 'path: table-N.csv: '],
    [
      'names a column twice',
      'x,Y,y\n1,2,3\n',
      {},
      'path: table-N.csv has two columns called "y"; capital letters count as small ones',
    ],
    [
      'is not UTF-8',
      Buffer.from('x,y\ncaf\xe9,2\nz,3\n', 'latin1'),
      {},
      'path: table-N.csv, line 2 is not UTF-8; convert it, for example with iconv',
    ],
    ['lacks the target', csvOf(9), { target: 'z' }, 'target: the table has no column "z"; it has n, colour, y'],
    ['lacks a feature', csvOf(9), { features: { m: 'numeric' } }, 'features.m: the table has no column "m"; it has n, colour, y'],
    [
      'has the target among the features',
      csvOf(9),
      { features: { y: 'category' } },
      'features.y: the column "y" is both a feature and the target; the model would read the answer',
    ],
    ['has nothing but the target', 'y\na\nb\n', {}, 'features: there is no feature'],
    ['has no feature', csvOf(9), { features: {} }, 'features: there is no feature'],
    [
      'has a word for a number',
      rows('x,y', (i) => `${i === 1 ? '?' : i},${half(i)}`),
      { features: { x: 'numeric' } },
      'features.x: row 2, column "x": found "?", expected a number; declare the column as category',
    ],
    [
      'has a word for a number to be told',
      csvOf(50),
      { target: { column: 'y', type: 'numeric' } },
      'target: row 1, column "y": found "even", expected a number',
    ],
    [
      'has a number that is too large',
      rows('x,y', (i) => `${i === 2 ? '1e39' : i},${half(i)}`),
      {},
      'features.x: row 3, column "x": found 1e+39, expected a number; a 32-bit number goes up to',
    ],
    [
      'has a column of one number',
      rows('x,z,y', (i) => `0.1,${i},${half(i)}`),
      {},
      'features.x: column "x" is 0.1 in every row of the training part: nothing can be learnt from it; leave',
    ],
    ['has a column of one word', rows('x,z,y', (i) => `w,${i},${half(i)}`), {}, 'features.x: column "x" has the value "w" alone'],
    [
      'has a column of nothing',
      'x,z,y\n,1,a\n,2,b\n',
      { missing: 'mean' },
      'features.x: column "x" has no value in any row; leave the column out',
    ],
    ['has one class', rows('x,y', (i) => `${i},a`), {}, 'target: the target "y" is a in every row of the training part'],
    [
      'has too many words to guess',
      ['x,y', ...Array.from({ length: 400 }, (_, i) => `w${i},${i % 2}`)].join('\n'),
      {},
      'features: column "x" has 400 different words: is it a category or a text?; list',
    ],
    [
      'has a text called target',
      rows('target,x,y', (i) => `w,${i},${half(i)}`),
      { features: { target: 'text', x: 'numeric' } },
      'features.target: a text column cannot be called "target"',
    ],
    [
      'has a text called input',
      rows('input,x,y', (i) => `w,${i},${half(i)}`),
      { features: { input: 'text', x: 'numeric' } },
      'features.input: a text column cannot be called "input"',
    ],
    [
      'has a text of nothing',
      rows('words,x,y', (i) => `" ",${i},${half(i)}`),
      { features: { words: 'text' } },
      'features.words: column "words" has no word in the training part',
    ],
  ])('as it %s', async (_, content, options, start) => {
    const said = (await refusal(write(content), options)).replace(/table-\d+/g, 'table-N');
    expect(said.startsWith(start), said).toBe(true);
    expect(said).not.toMatch(/\n|strict_mode|Auto-Detected|\[object|undefined/);
    expect(said.length).toBeLessThan(700);
  });

  it.each<[string, string, string]>([
    ['db', 'SQLite format 3\0', 'SQLite says: file is not a database'],
    [
      'xlsx',
      'PK',
      'is no table that can be read; files end with .csv, .tsv, .json, .jsonl, .ndjson, .parquet, .sqlite, .db, text also with .gz; save others, such as those of Excel, as CSV or Parquet',
    ],
    ['json', '[{"a":1},{"a":', ': Malformed JSON'],
    ['json', '[]', ''],
    ['json', '{"a": {"b": 1}', 'Malformed JSON'],
    ['jsonl', '{"x":1}\n{"x":\n', ', line 2: is no JSON: "{\\"x\\":"; correct the file'],
    ['jsonl', '{"x":1}\n[2]\n', ', line 2: is no object: "[2]"; correct the file'],
    ['jsonl', '{"x":1}\n{"x":2,"x":3}\n', ', line 2: has the key "x" twice: '],
    ['jsonl', '{"x":1,"y":{"a":1,"a":2}}\n', ', line 1: has the key "a" twice: '],
    [
      'jsonl',
      '{"x":1}\n{"X":2}\n',
      ' has two columns called "X"; capital letters count as small ones; rename one, or make one of them',
    ],
    ['json', '[{"x":1},{"x":2},3]', ': value 3 is no object: 3; a table is a list of objects'],
    ['parquet', 'hello', 'too small to be a Parquet file'],
    ['parquet', 'hello hello hello', 'No magic bytes'],
    ['csv.gz', 'x,y\n1,2\n', ''],
    ['tsv', 'x,y\n1,2\n', 'target: the table has no column "y"; it has x,y'],
  ])('as its .%s is no table (%j)', async (ending, content, part) => {
    const said = await refusal(write(content, ending));
    expect(said).toContain(part);
    expect(said).not.toMatch(/\n|\[object|undefined/);
  });

  it('but for lists without names, which a query may make columns of', async () => {
    for (const [ending, content] of [
      ['json', '[[1,"a"],[2,"b"]]'],
      ['jsonl', '[1,"a"]\n[2,"b"]\n'],
    ] as const) {
      const rows = await rowsOf(write(content, ending), "SELECT json[1]::DOUBLE AS x, json ->> '$[1]' AS y FROM data");
      expect(rows).toEqual([
        { x: 1, y: 'a' },
        { x: 2, y: 'b' },
      ]);
    }
  });

  it('as it is a folder, or as its files are of two kinds', async () => {
    mkdirSync(join(folder, 'folder.csv'));
    expect(await refusal('folder.csv')).toBe('path: folder.csv is a folder; name a file in it; `*` takes several');
    writeFileSync(join(folder, 'kind-1.csv'), 'a\n1\n');
    writeFileSync(join(folder, 'kind-2.json'), '[]');
    expect(await refusal('kind-*')).toBe('path: the files end with .csv and .json; tables are read from files of one kind');
  });

  it('as a class of the test part is not in the training part', async () => {
    const name = write(['x,y', ...Array.from({ length: 60 }, (_, i) => `${i},k${i}`)].join('\n'));
    expect(await refusal(name)).toMatch(
      /^target: row \d+, column "y": the training part has no class "k\d+", only (k\d+, ){20}and \d+ more; correct/,
    );
  });
});

describe('a query', () => {
  const name = write(csvOf(40));

  it('makes the table', async () => {
    const { info } = await load(name, { query: 'SELECT n * 2 AS twice, y FROM data WHERE n < 30', target: 'y' });
    expect(info.inputs.input!.shape).toEqual([1]);
    expect(info.trainLength + info.testLength).toBe(30);
  });

  const outside = join(folder, 'outside.csv');
  writeFileSync(outside, 'secret\n1\n');
  const target = join(folder, 'written.csv');
  const nothingElse = /nothing|one SELECT|it can read the table `data` alone/;
  it.each<[string, string, string]>([
    ['has a mistake', 'SELEC n FROM data', 'syntax error at or near "SELEC"'],
    ['names no column', 'SELECT m FROM data', 'Referenced column "m" not found in FROM clause! Candidate bindings: "'],
    ['names another table', 'SELECT * FROM date', 'Did you mean "data"?'],
    ['fails on a value', 'SELECT colour::INTEGER AS c, y FROM data', "Could not convert string 'red' to INT32"],
    ['is no statement', '-- nothing', 'the query has 0 statements, expected one'],
    ['has two statements', 'SELECT 1; SELECT 2', 'the query has 2 statements, expected one'],
    [
      'makes what is too large',
      'SELECT n, repeat(y[1], 3000000000) AS x, y FROM data',
      'needs more than the 1024 MB that DuckDB may take',
    ],
    ['makes two columns of a name', 'SELECT n AS a, n AS a, y FROM data', 'the query gives two columns called "a"'],
    ['writes a file', `COPY data TO '${target}'`, 'file system operations are disabled'],
    ['makes a table', 'CREATE TABLE x AS SELECT 1', 'does something else than to select'],
    ['changes a setting', 'SET enable_external_access = true', 'does something else than to select'],
    ['reads another file', `SELECT * FROM read_text('${outside}')`, 'file system operations are disabled'],
    ['reads another table', `SELECT * FROM '${outside}'`, 'file system operations are disabled'],
    ['lists files', `SELECT * FROM glob('${folder}/*')`, 'file system operations are disabled'],
  ])('that %s fails', async (_, query, part) => {
    const said = await refusal(name, { query });
    expect(said).toMatch(/^query: /);
    expect(said).toContain(part);
    expect(said).not.toMatch(/\n|LINE 1/);
    if (/COPY|SET|CREATE|read|glob/.test(query)) expect(said).toMatch(nothingElse);
    expect(() => readFileSync(target)).toThrow('ENOENT');
  });
});

describe('rows for the test in files of their own', () => {
  const train = write(csvOf(40));
  const rows = ['colour,n,y,more', 'red,1000,even,1', 'violet,3,odd,2', '1,5,odd,3'];
  const test = write(rows.join('\n'));

  it('are the test part, and nothing is fitted to them', async () => {
    const own = await load(train, { target: 'y', test });
    expect([own.info.trainLength, own.info.testLength]).toEqual([40, 3]);
    expect(own.info.inputs.input!.shape).toEqual([4]);
    const numbers = Float64Array.from({ length: 40 }, (_, i) => i);
    const [mean, deviation] = [19.5, Math.sqrt(numbers.reduce((sum, n) => sum + (n - 19.5) ** 2, 0) / 40)];
    const values = [...own.test.columns.input!.values];
    expect(values[0]).toBeCloseTo((1000 - mean) / deviation, 4);
    expect(values.slice(1, 4).reduce((sum, one) => sum + one)).toBe(1);
    // Categories that the training part lacks are none of its.
    expect(values.slice(5, 8)).toEqual([0, 0, 0]);
    expect([...own.test.columns.target!.values]).toEqual([0, 1, 1]);
    expect(own.provenance.map(({ file }) => file)).toEqual([join(folder, train), join(folder, test)]);
    expect([own.nameOf!('train', 39), own.nameOf!('test', 0)]).toEqual(['row 40', 'row 1']);
  });

  it('leave the validation part to be cut from the others', async () => {
    const cut = { splitter: new Splitter({ type: 'random', validation: 10, seed: 1 }) };
    const { validation } = await definition.load(definition.options.parse({ path: train, target: 'y', test }), {
      ...context,
      ...cut,
    });
    expect([validation!.rest.length, validation!.held.length]).toEqual([30, 10]);
  });

  it('are the same when they come from what was kept', async () => {
    const [made, again] = [
      await load(train, { target: 'y', test, cache: true }),
      await load(train, { target: 'y', test, cache: true }),
    ];
    expect([...again.test.columns.input!.values]).toEqual([...made.test.columns.input!.values]);
    expect(again.nameOf!('test', 2)).toBe('row 3');
  });

  it('are told of by their own numbers where something is wrong', async () => {
    const bad = write(['n,colour,y', '1,red,even', 'x,red,even'].join('\n'));
    expect(await refusal(train, { test: bad })).toContain(`row 2 of ${bad}, column "n": found "x", expected a number`);
    expect(await refusal(train, { test: write('n,y\n1,odd\n') })).toMatch(
      /^test: .* has no column "colour", which .* has; it has n, y$/,
    );
    expect(await refusal(train, { test: 'none.csv' })).toMatch(/^test: none\.csv does not exist/);
    expect(await refusal(train, { test: write(['n,colour,y', '1,red,green'].join('\n')) })).toMatch(
      /^target: row 1 of .*, column "y": the training part has no class "green"/,
    );
    expect(await refusal(train, { test: write('n,colour,y\n') })).toMatch(/^test: /);
  });
});

describe('several targets', () => {
  const rows = lines(40).map((line, i) => `${line},${i / 4}`);
  const name = write(['n,colour,y,size', ...rows].join('\n'));
  const target = ['y', { column: 'size', type: 'numeric' }];

  it('are called as their columns, and none of them is read', async () => {
    const { info, train } = await load(name, { target });
    expect(info.inputs).toEqual({ input: { kind: 'number', shape: [4] } });
    expect(info.targets).toEqual({
      y: { kind: 'class', shape: [], classes: 2, labels: ['even', 'odd'] },
      size: { kind: 'number', shape: [] },
    });
    expect(Object.keys(train.columns).sort()).toEqual(['input', 'size', 'y']);
    const [first] = train.columns.size!.values;
    expect([...train.columns.y!.values][0]).toBe((first! * 4) % 2);
  });

  it('are the same when they come from what was kept', async () => {
    const made = await load(name, { target, cache: true });
    const again = await load(name, { target, cache: true });
    for (const part of ['train', 'test'] as const) {
      for (const field of ['y', 'size']) {
        expect([...again[part].columns[field]!.values]).toEqual([...made[part].columns[field]!.values]);
      }
    }
    expect(again.info).toEqual(made.info);
  });

  it('keep what they were fitted to, whatever their order is when they are read again', async () => {
    const { info, train, test, fitted } = await load(name, { target });
    const again = (changed: unknown): Promise<LoadedDataset> =>
      definition.load(definition.options.parse({ path: name, target: changed }), {
        ...context,
        fitted: { info, transforms: [], dataset: JSON.parse(JSON.stringify(fitted)) },
      });
    const turned = await again([...target].reverse());
    expect(turned.info.targets).toEqual(info.targets);
    for (const field of ['y', 'size']) expect(turned.test.columns[field]!.values).toEqual(test.columns[field]!.values);
    expect(turned.train.columns.y!.values).toEqual(train.columns.y!.values);
    const error = await userError(() => again(['y', 'n']));
    expect((error as DatasetError).path).toEqual(['target', 1]);
    expect(error.message).toBe('the model was trained to tell "y", "size", and not "n"');
  });

  it('are each a column of its own, one alone being called target', async () => {
    expect(Object.keys((await load(name, { target: ['y'] })).info.targets)).toEqual(['target']);
    expect(await refusal(name, { target: ['y', 'size', 'y'] })).toBe(
      'target.2: the column "y" is named twice; leave one of them out',
    );
    expect(await refusal(name, { target: ['y', 'sise'] })).toMatch(/^target\.1: the table has no column "sise"/);
  });
});

describe('a target that is standardized', () => {
  const prices = Array.from({ length: 50 }, (_, i) => `${i},${1e6 + 1000 * i}`);
  const target = { column: 'price', type: 'numeric', standardize: true };

  it('has mean 0 and standard deviation 1 over the training part, and says what it was', async () => {
    const { info, train, fitted } = await load(write(['n,price', ...prices].join('\n')), { target });
    const values = [...train.columns.target!.values];
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean).toBeCloseTo(0, 5);
    expect(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length).toBeCloseTo(1, 5);
    const { scale } = info.targets.target as unknown as { scale: { mean: number[]; deviation: number[] } };
    const [first] = train.columns.input!.values;
    expect(scale.mean[0]).toBeGreaterThan(1e6);
    expect(values[0]! * scale.deviation[0]! + scale.mean[0]!).toBeGreaterThanOrEqual(1e6);
    expect(first).toBeDefined();
    expect(fitted).toMatchObject({ targets: [{ type: 'numeric', mean: scale.mean[0], deviation: scale.deviation[0] }] });
  });

  it('keeps the scale of a checkpoint', async () => {
    const { info, fitted } = await load(write(['n,price', ...prices].join('\n')), { target });
    const other = write(['n,price', ...prices.map((line) => `${line}0`)].join('\n'));
    const again = await definition.load(definition.options.parse({ path: other, target }), {
      ...context,
      fitted: { info, dataset: JSON.parse(JSON.stringify(fitted)) as unknown, transforms: [] },
    });
    expect(again.info.targets).toEqual(info.targets);
  });

  it('is a number, and not the same everywhere', async () => {
    expect(await refusal(write(csvOf(20)), { target: { column: 'y', standardize: true } })).toMatch(
      /^target\.standardize: the target "y" is a class, and only numbers are standardized; leave/,
    );
    const same = write(['n,price', ...prices.map((line) => line.replace(/,.*/, ',7'))].join('\n'));
    expect(await refusal(same, { target })).toMatch(/^target: the target "price" is 7 in every row of the training part/);
  });
});

it('a row that is none after thousands of others is an error, and not the end', async () => {
  const many = (wrong: string): string =>
    ['a,b', ...Array.from({ length: 400_000 }, (_, i) => (i === 300_000 ? wrong : `${i},2`))].join('\n');
  const name = write(many('1,2,3'));
  const wrong = `${join(folder, name)}, line 300002: expected number of columns: 2 found: 3: "1,2,3"`;
  expect((await userError(() => readTable([join(folder, name)]))).message).toBe(wrong);
  expect((await userError(() => readTable([join(folder, name)], { query: 'SELECT b FROM data; -- all' }))).message).toBe(wrong);
  const fine = join(folder, write(many('1,2')));
  expect((await readTable([fine], { query: 'SELECT b FROM data -- all' })).length).toBe(400_000);
  const query = "SELECT CASE WHEN a > 300000 THEN error('too far') ELSE a END AS a FROM data";
  expect((await userError(() => readTable([fine], { query }))).message).toContain('too far');
});

describe('a large table', { timeout: 120_000 }, () => {
  it('of more text than the engine has room for is refused', () => {
    const path = write(['words,y', ...Array.from({ length: 40_000 }, (_, i) => `${`${i} `.repeat(500)},${i % 2}`)].join('\n'));
    const config = join(folder, 'texts.yaml');
    const dataset = `{type: table, path: ${path}, features: {words: text}, target: y}`;
    writeFileSync(
      config,
      `version: 1\nname: texts\ndata: {dataset: ${dataset}}\nmodel: [{type: dense, units: 2}]\nloss: cross_entropy\n`,
    );
    // Without the second one, what engines keep for new objects is more in some versions than all of the first.
    const small = ['--max-old-space-size=128', '--max-semi-space-size=16'];
    const { status, stderr } = spawnSync(process.execPath, [...small, program, 'summary', config], { encoding: 'utf8' });
    expect(stderr).toContain('the table is too large to be held in memory');
    expect(stderr).toContain(`${config}:3`);
    expect(status).toBe(2);
  });

  it('of 200,000 rows and 20 columns is read in less memory than several copies would take', async () => {
    const numbers = Array.from({ length: 18 }, (_, i) => `hash(range + ${i}) % 1000 / 7 AS n${i}`).join(', ');
    const name = await writeParquet(
      'large.parquet',
      `SELECT ${numbers}, ['a', 'b', 'c'][1 + range % 3] AS c, CASE WHEN hash(range) % 2 = 0 THEN 'yes' ELSE 'no' END AS y FROM range(200000)`,
    );
    const before = process.memoryUsage().rss;
    const { info, train } = await load(name, { target: 'y' });
    expect(info.trainLength + info.testLength).toBe(200_000);
    expect(train.columns.input!.values.length).toBe(21 * info.trainLength);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 2 ** 20);
  });
});
