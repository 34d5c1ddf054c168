import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DatasetContext, DatasetDefinition } from '../../src/catalog/dataset.js';
import { irisSet } from '../../src/catalog/datasets/iris.js';
import { penguinsSet } from '../../src/catalog/datasets/penguins.js';
import { type PublishedSources, realSources } from '../../src/catalog/published-sources.js';
import { type PublishedTable, definePublishedTable } from '../../src/catalog/published-table.js';
import { temporaryFolder, userError } from './idx-files.js';

const root = temporaryFolder();
const content = JSON.stringify(Array.from({ length: 40 }, (_, i) => ({ Long: i, Kind: i < 20 ? 'a' : 'b' })));
const set: PublishedTable = {
  type: 'stones',
  summary: 'Stones.',
  title: 'Stones',
  file: 'stones.json',
  md5: createHash('md5').update(content).digest('hex'),
  npm: { name: 'no-such-package-of-stones', path: 'stones.json' },
  mirrors: ['https://first.example/stones.json', 'https://second.example/stones.json'],
  query: 'SELECT Long AS length, Kind AS kind FROM data',
  target: 'kind',
};

interface Place {
  readonly context: DatasetContext;
  readonly said: string[];
  readonly asked: string[];
  readonly stones: DatasetDefinition;
}

/** A machine of its own, on which a mirror answers with what `answers` has for its host. */
function place(name: string, answers: Readonly<Record<string, string>> = {}): Place {
  const [said, asked]: [string[], string[]] = [[], []];
  const fetch = ((url: string) => {
    asked.push(url);
    const answer = answers[new URL(url).host];
    if (answer === undefined) return Promise.reject(new TypeError('fetch failed'));
    return Promise.resolve(new Response(answer));
  }) as PublishedSources['fetch'];
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  const context = { folder: join(folder, 'configs'), cache: join(folder, 'cache'), log: (line: string) => void said.push(line) };
  const stones = definePublishedTable(set, { ...realSources, fetch, workingFolder: () => folder });
  return { context, said, asked, stones };
}

const put = (...path: string[]): void => {
  const file = join(root, ...path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
};

const load = ({ stones, context }: Place, more: object = {}) => stones.load(stones.options.parse(more), context);

describe('a published table', () => {
  it('is found beside the config, with its columns called as they should be', async () => {
    put('near', 'data', 'stones', 'stones.json');
    const near = place('near');
    const { info, provenance } = await load(near);
    expect(info.inputs).toEqual({ input: { kind: 'number', shape: [1] } });
    expect(info.targets.target).toMatchObject({ labels: ['a', 'b'] });
    expect(info.trainLength + info.testLength).toBe(40);
    expect(provenance).toEqual([{ file: join(root, 'near', 'data', 'stones', 'stones.json'), md5: set.md5 }]);
    expect(near.asked).toEqual([]);
  });

  it('is downloaded once, from the first mirror with the right bytes', async () => {
    const far = place('far', { 'first.example': 'something else', 'second.example': content });
    await load(far);
    expect(far.asked).toEqual(set.mirrors);
    expect(readFileSync(join(far.context.cache, 'stones', 'stones.json'), 'utf8')).toBe(content);
    await load(far);
    expect(far.asked.length).toBe(2);
  });

  it('of other content is not used', async () => {
    const other = place('other', { 'first.example': content });
    put('other', 'data', 'stones', 'stones.json');
    writeFileSync(join(root, 'other', 'data', 'stones', 'stones.json'), '[]');
    await load(other);
    expect(other.said[0]).toMatch(/^not used: .*stones\.json is not Stones as it was published: its MD5 is .*, expected /);
    const error = await userError(() => load(other, { folder: join(root, 'other', 'data', 'stones') }));
    expect(error.message).toContain('is not Stones as it was published');
  });

  it('that is nowhere says what each mirror answered, and how to get it', async () => {
    const error = await userError(() => load(place('nowhere', { 'second.example': 'a page' })));
    expect(error.message).toMatch(
      /^Stones is not on this machine and cannot be downloaded:\n {2}https:\/\/first\.example\/stones\.json: fetch failed\n {2}https:\/\/second\.example\/stones\.json: its MD5 is \w+, expected \w+$/,
    );
    expect(error.hint).toMatch(
      /^npm install --no-save no-such-package-of-stones brings it, or put stones\.json into .*data.stones\.$/,
    );
    expect((await userError(() => load(place('nowhere'), { folder: 'here' }))).message).toMatch(
      /here.stones\.json does not exist$/,
    );
  });

  it('tells what a label says in place of its own target', async () => {
    put('labelled', 'data', 'stones', 'stones.json');
    const own = place('labelled');
    const { info } = await load(own, { features: { length: { type: 'label', kind: 'numeric' } } });
    expect(info.inputs).toEqual({ input: { kind: 'number', shape: [2] } });
    expect(info.targets).toEqual({ target: { kind: 'number', shape: [] } });
    expect((await load(own, { features: { kind: 'label' } })).info).toEqual((await load(own)).info);
  });

  it('reads new rows by the names of its columns, without its query', async () => {
    put('new', 'data', 'stones', 'stones.json');
    const own = place('new');
    const { info, fitted } = await load(own);
    const file = join(root, 'new', 'rows.csv');
    writeFileSync(file, 'length\n19.5\n');
    const context = { ...own.context, fitted: { info, dataset: fitted, transforms: [] } };
    const { records, names } = await own.stones.newRecords!.read(own.stones.options.parse({}), [file], context);
    expect([records.length, names]).toEqual([1, ['1']]);
    expect(records.columns.input!.values[0]).toBeCloseTo(0, 0);
  });
});

it.each([irisSet, penguinsSet])(
  '$type is downloaded over HTTPS only, in the version whose checksum is known',
  ({ mirrors, npm }) => {
    for (const mirror of mirrors) expect(mirror).toMatch(new RegExp(`^https://.*/${npm.name}@\\d+\\.\\d+\\.\\d+/${npm.path}$`));
  },
);
