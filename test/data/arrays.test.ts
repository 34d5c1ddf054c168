import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import AdmZip from 'adm-zip';
import { beforeAll, describe, expect, it } from 'vitest';
import { datasets } from '../../src/catalog/datasets/index.js';
import type { LoadedDataset } from '../../src/catalog/dataset.js';
import { type SplitPlan, Splitter } from '../../src/data/split.js';
import { nnHere } from '../cli/in-process.js';
import { nnOk } from '../cli/nn.js';
import { temporaryFolder, userError } from './idx-files.js';
import { npyBytes, npyFloats, npyIntegers } from './npy-files.js';

const folder = temporaryFolder();
const context = { folder, cache: folder, log: () => {} };
const write = (name: string, bytes: Uint8Array): void => writeFileSync(join(folder, name), bytes);
const definition = datasets.get('arrays');
const load = (options: object): Promise<LoadedDataset> =>
  definition.load(definition.options.parse({ inputs: 'x.npy', targets: 'y.npy', ...options }), context);
const count = 200;
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
const points = range(count).flatMap((i) => [i - count / 2, (i * 7) % 11]);
const sides = range(count).map((i) => (i < count / 2 ? 0 : 1));

beforeAll(() => {
  write('x.npy', npyFloats([count, 2], points));
  write('y.npy', npyIntegers([count], sides));
  write('short.npy', npyIntegers([count - 1], sides.slice(1)));
  write('test_x.npy', npyFloats([3, 2], [1, 2, 3, 4, 5, 6]));
  write('test_y.npy', npyIntegers([3], [1, 0, 1]));
  write(
    'bytes.npy',
    npyBytes(
      { descr: '|u1', shape: [count, 4] },
      Uint8Array.from(range(4 * count), (i) => i & 255),
    ),
  );
  write(
    'words.npy',
    npyIntegers(
      [count, 3],
      range(3 * count).map((i) => i % 50),
    ),
  );
  write('nan.npy', npyFloats([count, 2], points.with(7, NaN)));
  const zip = new AdmZip();
  zip.addFile('x_train.npy', npyFloats([count, 2], points));
  zip.addFile('y_train.npy', npyIntegers([count, 1], sides));
  zip.addFile('x_test.npy', npyFloats([2, 2], [9, 8, 7, 6]));
  zip.addFile('y_test.npy', npyIntegers([2, 1], [0, 1]));
  write('all.npz', zip.toBuffer());
});

describe('arrays', () => {
  it('are split by their content: a record more moves no other', async () => {
    const { info, train, test, provenance } = await load({});
    expect(info).toEqual({
      inputs: { input: { kind: 'number', shape: [2] } },
      targets: { target: { kind: 'class', shape: [], classes: 2 } },
      trainLength: train.length,
      testLength: test.length,
    });
    expect(train.length + test.length).toBe(count);
    expect(test.length).toBeGreaterThan(count * 0.1);
    expect(test.length).toBeLessThan(count * 0.3);
    expect(provenance.map(({ file }) => file)).toEqual([join(folder, 'x.npy'), join(folder, 'y.npy')]);
    // Every record is in one part, whole: its class is that of its first number.
    for (const { columns, length } of [train, test]) {
      for (let i = 0; i < length; i++) {
        expect(columns.target!.values[i]).toBe(columns.input!.values[2 * i]! < 0 ? 0 : 1);
      }
    }
    write('x_more.npy', npyFloats([count + 1, 2], [1000, 1000, ...points]));
    write('y_more.npy', npyIntegers([count + 1], [1, ...sides]));
    const more = await load({ inputs: 'x_more.npy', targets: 'y_more.npy' });
    const firsts = ({ columns, length }: LoadedDataset['test']) => range(length).map((i) => columns.input!.values[2 * i]!);
    expect(firsts(more.test).filter((first) => first !== 1000)).toEqual(firsts(test));
    expect(firsts((await load({ seed: 1 })).test)).not.toEqual(firsts(test));
    expect((await load({ test: 0.5 })).test.length).toBeGreaterThan(test.length);
  });

  it('are split as the config says: with as many of each class, by groups, or at the end of time', async () => {
    write(
      'place.npy',
      npyFloats(
        [count],
        range(count).map((i) => Math.floor(i / 10)),
      ),
    );
    const inputs = { input: 'x.npy', place: 'place.npy' };
    const parts = async (plan: Pick<SplitPlan, 'type' | 'column'>) => {
      const splitter = new Splitter({ ...plan, seed: 0, validation: 0 });
      return definition.load(definition.options.parse({ inputs, targets: 'y.npy', test: 0.1 }), { ...context, splitter });
    };
    const placesOf = ({ columns }: LoadedDataset['test']) => new Set(columns.place!.values);
    const { test } = await parts({ type: 'stratified' });
    expect([...test.columns.target!.values].sort()).toEqual([...range(10).fill(0), ...range(10).fill(1)]);
    const groups = await parts({ type: 'group', column: 'place' });
    // An input of one number is a value of one axis.
    expect([...placesOf(groups.test)].filter((place) => placesOf(groups.train).has(place))).toEqual([]);
    expect(placesOf((await parts({ type: 'time', column: 'place' })).test)).toEqual(new Set([18, 19]));
  });

  it('of a test part are taken as they come', async () => {
    const { info, train, test } = await load({ test_inputs: 'test_x.npy', test_targets: 'test_y.npy' });
    expect([info.trainLength, info.testLength]).toEqual([count, 3]);
    expect(train.columns.input!.values).toEqual(Float32Array.from(points));
    expect(test.columns.input!.values).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(test.columns.target!.values).toEqual(Uint16Array.of(1, 0, 1));
  });

  it('come from an archive, where classes may have an axis of their own', async () => {
    const named = { path: 'all.npz', inputs: 'x_train', targets: 'y_train', test_inputs: 'x_test', test_targets: 'y_test' };
    const { info, test, provenance } = await load(named);
    expect(info.targets.target).toEqual({ kind: 'class', shape: [], classes: 2 });
    expect(test.columns.target!.values).toEqual(Uint16Array.of(0, 1));
    expect(provenance).toEqual([{ file: join(folder, 'all.npz'), md5: expect.stringMatching(/^[0-9a-f]{32}$/) }]);
  });

  it('are several inputs and targets, numbers or classes as the config says', async () => {
    const { info, train } = await load({
      inputs: { points: 'x.npy', words: { array: 'words.npy', type: 'class', classes: 60 }, pictures: 'bytes.npy' },
      targets: { side: { array: 'y.npy', labels: ['left', 'right'] }, height: { array: 'y.npy', type: 'number' } },
    });
    expect(info.inputs).toEqual({
      points: { kind: 'number', shape: [2] },
      words: { kind: 'class', shape: [3], classes: 60 },
      pictures: { kind: 'number', shape: [4] },
    });
    expect(info.targets).toEqual({
      side: { kind: 'class', shape: [], classes: 2, labels: ['left', 'right'] },
      height: { kind: 'number', shape: [] },
    });
    // Bytes stay bytes, which stand for value / 255, and lie where every thread sees them.
    expect(train.columns.pictures!.values).toBeInstanceOf(Uint8Array);
    expect(train.columns.pictures!.values.buffer).toBeInstanceOf(SharedArrayBuffer);
    const { train: plain } = await load({ inputs: { input: { array: 'bytes.npy', scale_bytes: false } }, targets: 'y.npy' });
    expect(plain.columns.input!.values).toBeInstanceOf(Float32Array);
    expect(Math.max(...plain.columns.input!.values)).toBe(255);
  });

  it('of a number for each record are an input of one number', async () => {
    write('line.npy', npyFloats([count], range(count)));
    const { info } = await load({ inputs: 'line.npy', targets: 'line.npy' });
    expect(info.inputs).toEqual({ input: { kind: 'number', shape: [1] } });
    expect(info.targets).toEqual({ target: { kind: 'number', shape: [] } });
  });
});

describe('arrays that do not fit', () => {
  it.each<[string, object, string[], string]>([
    ['in their lengths', { targets: 'short.npy' }, ['targets', 'target'], 'short.npy has 199 records, but '],
    [
      'in the shape of the test',
      { test_inputs: 'bytes.npy', test_targets: 'y.npy' },
      ['test_inputs', 'input'],
      'are [4], but of ',
    ],
    [
      'in the dtype of the test',
      { inputs: 'bytes.npy', test_inputs: 'floats4.npy', test_targets: 'test_y.npy' },
      ['test_inputs', 'input'],
      'is float32, but ',
    ],
    ['with NaN', { inputs: 'nan.npy' }, ['inputs', 'input'], 'record 3 (counted from 0) holds NaN'],
    [
      'with a class too many',
      { targets: { target: { array: 'words1.npy', classes: 20 } } },
      ['targets', 'target'],
      'has the class 49, expected 0 to 19',
    ],
    ['with one class', { targets: 'zeros.npy' }, ['targets', 'target'], 'is of class 0: there is nothing to be told'],
    [
      'with numbers that may be classes',
      { targets: 'large.npy' },
      ['targets', 'target'],
      'holds whole numbers up to 60000: are they classes or numbers?',
    ],
    ['without records', { inputs: 'none.npy' }, ['inputs', 'input'], 'none.npy has no records'],
    [
      'with a name twice',
      { inputs: { one: 'x.npy' }, targets: { one: 'y.npy' } },
      ['targets', 'one'],
      'an input is called "one" as well',
    ],
    [
      'with a name that the training part lacks',
      { test_inputs: { inptu: 'x.npy' }, test_targets: 'y.npy' },
      ['test_inputs', 'inptu'],
      '`inputs` has no "inptu"',
    ],
    ['that are missing', { inputs: 'absent.npy' }, ['inputs', 'input'], 'absent.npy does not exist'],
    [
      'in an archive that lacks one',
      { path: 'all.npz', inputs: 'x_trian', targets: 'y_train' },
      ['inputs', 'input'],
      'has no array "x_trian"',
    ],
    ['in an archive that is none', { path: 'x.npy' }, ['path'], 'is no archive that can be read'],
    [
      'in a file that is an archive',
      { inputs: 'all.npz' },
      ['inputs', 'input'],
      'is not an NPY file: it begins with 50 4b 03 04',
    ],
    [
      'with too few for a test',
      { inputs: 'one.npy', targets: { target: { array: 'one.npy', type: 'number' } } },
      ['inputs', 'input'],
      'one.npy has one record, and one at least must be trained on, and one tested with',
    ],
  ])('%s', async (_, options, path, message) => {
    write('floats4.npy', npyFloats([3, 4], range(12)));
    write(
      'words1.npy',
      npyIntegers(
        [count],
        range(count).map((i) => i % 50),
      ),
    );
    write('zeros.npy', npyIntegers([count], range(count).fill(0)));
    write('large.npy', npyIntegers([count], range(count).fill(60000)));
    write('none.npy', npyFloats([0, 2], []));
    write('one.npy', npyFloats([1, 2], [1, 2]));
    const error = await userError(() => load(options));
    expect(error).toMatchObject({ name: 'DatasetError', path, exit: 'usage' });
    expect(error.message).toContain(message);
  });
});

describe('a config with arrays', () => {
  const config = (lines: readonly string[]): string => {
    const path = join(folder, 'arrays.yaml');
    const text = [
      'version: 1',
      'name: arrays',
      'data:',
      '  dataset:',
      '    type: arrays',
      ...lines.map((line) => `    ${line}`),
      '  batch_size: 16',
      'model: [{ type: dense, units: 2 }]',
      'loss: cross_entropy',
      'optimizer: { type: adam, learning_rate: 0.1 }',
      'metrics: [accuracy]',
      'train: { epochs: 10 }',
      'expect: { test_accuracy: { min: 0.9 } }',
    ];
    writeFileSync(path, `${text.join('\n')}\n`);
    return path;
  };

  it('trains', async () => {
    await nnOk([
      'train',
      config(['inputs: x.npy', 'targets: y.npy']),
      '--runs',
      join(folder, 'runs'),
      '--device',
      'cpu',
      '--quiet',
    ]);
  });

  it.each<[string, string[], string]>([
    ['a file', ['inputs: x.npy', 'targets: absent.npy'], '7:14 data.dataset.targets'],
    ['a file of several', ['inputs: { one: x.npy, two: nan.npy }', 'targets: y.npy'], '6:32 data.dataset.inputs.two'],
    ['the name of an array', ['path: all.npz', 'inputs: x_trian', 'targets: y_train'], 'did you mean "x_train"?'],
    [
      'half a test part',
      ['inputs: x.npy', 'targets: y.npy', 'test_inputs: test_x.npy'],
      '8:18 data.dataset.test_inputs: test_inputs and test_targets belong together',
    ],
    [
      'two test parts',
      ['inputs: x.npy', 'targets: y.npy', 'test_inputs: test_x.npy', 'test_targets: test_y.npy', 'test: 0.1'],
      '10:11 data.dataset.test: the test part has arrays of its own',
    ],
    [
      'classes of numbers',
      ['inputs: x.npy', 'targets: { target: { array: y.npy, type: number, classes: 3 } }'],
      'numbers have no classes',
    ],
    [
      'labels that are too few',
      ['inputs: x.npy', 'targets: { target: { array: y.npy, classes: 3, labels: [a, b] } }'],
      'there must be as many labels as classes',
    ],
    ['a key that is none', ['inputs: x.npy', 'targets: { target: { arry: y.npy } }'], 'did you mean "array"?'],
  ])('points at %s', async (_, lines, message) => {
    const { code, stderr } = await nnHere(['validate', config(lines)]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
