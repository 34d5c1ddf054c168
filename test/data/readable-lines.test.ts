import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { datasets } from '../../src/catalog/datasets/index.js';
import { DatasetError } from '../../src/data/dataset-error.js';
import { readTable } from '../../src/data/table.js';
import { tableCells } from './cells.js';

const folder = mkdtempSync(join(tmpdir(), 'nn-lines-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** The columns of the rows that are left, and what is said of the others. */
async function read(...files: string[]) {
  const said: string[] = [];
  const { columns, length } = await readTable(files, { skipped: (line) => said.push(line.replace(`${folder}/`, '')) });
  return { columns: tableCells({ columns }), length, said };
}

describe('a CSV file whose lines may be skipped', () => {
  it('keeps the rows of as many fields as the first line, and tells of the others', async () => {
    const path = write('ragged.csv', 'a,b\n1,"x, ""y"""\n3,4,5,6,7\n6\n,\n7.5,"eight\n8"\n');
    expect(await read(path)).toEqual({
      columns: { a: [1, null, 7.5], b: ['x, "y"', null, 'eight\n8'] },
      length: 3,
      said: [
        'ragged.csv, line 3: expected number of columns: 2 found: 5: "3,4,5,6,7"',
        'ragged.csv, line 4: expected number of columns: 2 found: 1: "6"',
      ],
    });
  });

  it.each([
    ['csv', 'a,b\n1,"x\n\ny"\n2\n3\n4,z\n', 'a,b\n5,x,y\n6,z\n'],
    ['jsonl', '{"a":1}\n\n2\n3\n{"a":4}\n', '5\n{"a":6}\n'],
  ])('keeps the numbers of the other rows, over all files of %s, but not in a query', async (ending, first, second) => {
    const files = [write(`one.${ending}`, first), write(`two.${ending}`, second)];
    const { columns, length, numberOf, nameOf } = await readTable(files, { skipped: () => undefined });
    const rows = Array.from({ length }, (_, row) => row);
    expect(rows.map((row) => columns.get('a')!.at(row))).toEqual([1, 4, 6]);
    expect(rows.map(numberOf)).toEqual([1, 4, 6]);
    expect(rows.map(nameOf)).toEqual(['row 1', 'row 4', 'row 6']);
    const query = 'SELECT a FROM data WHERE a > 1';
    const asked = await readTable(files, { skipped: () => undefined, query });
    expect(asked.numberOf(1)).toBe(2);
  });

  it('says on which line each is, whatever lines are empty or within values', async () => {
    const path = write('lines.csv', 'a,b\r\n1,"x\r\n\r\ny"\r\n\r\n\r\n2\r\n3,z\r\n\r\n4\r\n5,z');
    const said: string[] = [];
    const { numberOf } = await readTable([path], { skipped: (line) => said.push(line.replace(/.*, (line \d+): .*: /, '$1 ')) });
    expect(said).toEqual(['line 7 "2"', 'line 10 "4"']);
    expect([0, 1, 2].map(numberOf)).toEqual([1, 3, 5]);
  });

  it('says how many fields a line has, however many it lacks', async () => {
    const { said } = await read(write('few.csv', 'a,b,c,d\n1,2,3,4\n5\n6,7\n8,9,\n1,2,3,4,5,6\n'));
    expect(said.map((line) => line.replace(/^.*, (line \d).*found: /, '$1 '))).toEqual([
      'line 3 1: "5"',
      'line 4 2: "6,7"',
      'line 5 3: "8,9,"',
      'line 6 6: "1,2,3,4,5,6"',
    ]);
  });

  it('tells of a quote that never ends', async () => {
    const { length, said } = await read(write('open.csv', `a,b\n1,2\n"3,4\n5,6\n${'7,8\n'.repeat(50)}`));
    expect(length).toBe(1);
    expect(said).toEqual([expect.stringMatching(/^open\.csv, line 3: value with unterminated quote found: "\\"3,4.{20,120}…"$/)]);
  });

  it('is read as any other where all lines are rows: separators, compression, columns in another order', async () => {
    const one = write('one.csv.gz', gzipSync('a;b\n1;x\n'));
    expect(await read(one)).toEqual({ columns: { a: [1], b: ['x'] }, length: 1, said: [] });
    const [first, second] = [write('first.csv', 'a,b\n1,x\n'), write('second.csv', 'b,a\ny,2\n3\n')];
    const both = await read(first, second);
    expect(both.columns).toEqual({ a: [1, 2], b: ['x', 'y'] });
    expect(both.said).toEqual(['second.csv, line 3: expected number of columns: 2 found: 1: "3"']);
  });

  it('leaves nothing behind, and fails for what is wrong with the whole of it', async () => {
    const own = join(folder, 'temporary');
    mkdirSync(own);
    vi.stubEnv('TMPDIR', own);
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(read(write('twice.csv', 'a,a\n1,2\n'))).rejects.toThrow(DatasetError);
    await expect(read(write('packed.csv', gzipSync('a,b\n1,2\n')))).rejects.toThrow(
      'packed.csv is compressed with gzip, and its name does not say so',
    );
    const { columns, said } = await read(write('latin.csv', Buffer.from('a,b\nx,1\ncaf\xe9,2\n', 'latin1')));
    expect(columns).toEqual({ a: ['x'], b: [1] });
    expect(said).toEqual([expect.stringMatching(/^latin\.csv, line 3: .*this file is not utf-8 encoded/)]);
    expect(readdirSync(own)).toEqual([]);
  });

  it('may have lines of JSON that are no objects', async () => {
    const good = '{"a":1,"b":"x"}\n';
    const path = write('some.jsonl', Buffer.from(`\uFEFF${good}{"a":2,"b\n[3]\n\n${good}{"a":NaN,"b":"caf\u00e9"}\r\n`));
    const { columns, length, said } = await read(path);
    expect({ columns, length }).toEqual({ columns: { a: [1, 1, null], b: ['x', 'x', 'caf\u00e9'] }, length: 3 });
    expect(said).toEqual(['some.jsonl, line 2: is no JSON: "{\\"a\\":2,\\"b"', 'some.jsonl, line 3: is no object: "[3]"']);
    const packed = await read(write('some.jsonl.gz', gzipSync(Buffer.from(`${good}{"a":2,"b":"caf\xe9"}\n`, 'latin1'))));
    expect(packed.said).toEqual([expect.stringMatching(/line 2: is not UTF-8/)]);
    await expect(read(write('plain.jsonl.gz', good))).rejects.toThrow(DatasetError);
  });

  it('may have objects of JSON with a key twice, and quotes, colons and braces in texts', async () => {
    const good = ['{"a":"x","b":{"a":1}}', '{"a":"\\"b\\":{","b":{"a":2}}', '{"a":"c\\\\","b":{"a":3}}'];
    const { columns, said } = await read(
      write('keys.jsonl', [...good, '{"a":"x","a":"y"}', '{"b":{"a":1,"a":2}}', ''].join('\n')),
    );
    expect(columns['a']).toEqual(['x', '"b":{', 'c\\']);
    expect(said.map((line) => line.slice(0, 45))).toEqual([
      expect.stringMatching(/^keys\.jsonl, line 4: has the key "a" twice/),
      expect.stringMatching(/^keys\.jsonl, line 5: has the key "a" twice/),
    ]);
  });

  it('has two rows of JSON whose keys differ in capital letters, which is an error about it and not about its copy', async () => {
    const path = write('letters.jsonl', '{"a":1}\n2\n{"A":3}\n');
    await expect(read(path)).rejects.toThrow(`${path} has two columns called "A"`);
    const both = await readTable([path], { skipped: () => undefined, query: 'SELECT coalesce(a, A_1) AS a FROM data' });
    expect(tableCells(both)).toEqual({ a: [1, 3] });
    expect((await read(write('numbered.jsonl', '{"a":1,"a_1":2}\n'))).columns).toEqual({ a: [1], a_1: [2] });
  });

  it('has no line of JSON that is an object', async () => {
    const path = write('none.jsonl', 'hello\n3\n');
    await expect(read(path)).rejects.toThrow(`there is no row that can be read in ${path}`);
    const { length, said } = await read(write('first.jsonl', '{"a":1}\n'), path);
    expect({ length, said: said.length }).toEqual({ length: 1, said: 2 });
  });

  it('is trained on with on_error: skip, which lists 20 of what it skips', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? `${i},${i % 4 === 0 ? 'yes' : 'no'}` : `${i}`));
    write('many.csv', ['n,y', ...rows, ''].join('\n'));
    const definition = datasets.get('table');
    const said: string[] = [];
    const context = { folder, cache: folder, log: (line: string) => said.push(line) };
    const options = { path: 'many.csv', target: 'y' };
    await expect(definition.load(definition.options.parse(options), context)).rejects.toThrow(DatasetError);
    const skipping = definition.options.parse({ ...options, on_error: 'skip', cache: true });
    const { train, test, notes, provenance } = await definition.load(skipping, context);
    expect(train.length + test.length).toBe(30);
    const listed = notes!.filter((line) => line.includes('many.csv, line '));
    expect(listed).toHaveLength(20);
    expect(notes).toContain('30 rows skipped:');
    // The record of the run has them, whatever is shown, and whether they were read or kept.
    expect(provenance).toHaveLength(22);
    expect(provenance[1]).toEqual({ file: join(folder, 'many.csv'), md5: '', skipped: expect.stringMatching(/line 3: /) });
    expect(provenance.at(-1)!.file).toBe('and 10 more');
    expect((await definition.load(skipping, context)).provenance).toEqual(provenance);
    expect(notes).toContain('  and 10 more');
    expect(said).toEqual(expect.arrayContaining([...notes!]));
  });
});
