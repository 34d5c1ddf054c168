import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { readIdx } from '../../src/data/idx.js';
import { writeInto, plain } from '../data/image-files.js';
import { npyBytes, npyFloats } from '../data/npy-files.js';
import { tone, wavBytes } from '../data/sound/wav-files.js';
import { evaluateHere, nnHere, nnHereOk, trainHere } from './in-process.js';
import { nn, project, startNn } from './nn.js';
import { sharedFolder } from './runs.js';

const folder = sharedFolder();
const place = (name: string): string => join(folder, name);
const oneThread = ['--device', 'cpu', '--threads', '1'];

interface Config {
  readonly dataset: readonly string[] | string;
  readonly model: string;
  readonly loss: string;
  readonly transforms?: string;
  readonly epochs?: number;
}

/** Trains a model into the folder of its name. */
async function train(name: string, { dataset, model, loss, transforms = '[]', epochs = 20 }: Config): Promise<string> {
  const lines = typeof dataset === 'string' ? [dataset] : dataset;
  const text = `version: 1
name: ${name}
data:
  batch_size: 16
  transforms: ${transforms}
  dataset:
${lines.map((line) => `    ${line}`).join('\n')}
model: ${model}
loss: ${loss}
optimizer: { type: adam, learning_rate: 0.05 }
train: { epochs: ${epochs} }
`;
  writeFileSync(place(`${name}.yaml`), text);
  await nnHereOk(['train', place(`${name}.yaml`), '--run', place(name), '--quiet', ...oneThread]);
  return place(name);
}

/** The rows of the CSV that a command writes, which must succeed. */
async function predicted(run: string, ...args: string[]): Promise<string[][]> {
  const { stdout, stderr } = await nnHereOk(['predict', run, ...args, '--quiet', ...oneThread]);
  expect(stderr).toBe('');
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(','));
}

/** What a command that must fail says. */
async function refusal(run: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await nnHere(['predict', run, ...args, '--quiet', ...oneThread]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  return stderr;
}

const rowsOfTable = Array.from({ length: 120 }, (_, i) => [i - 60, ['x', 'y', 'z'][i % 3]!, i < 60 ? 'below' : 'above'] as const);

describe('what a model makes of the rows of a table', () => {
  let run: string;
  beforeAll(async () => {
    writeFileSync(place('table.csv'), ['height,kind,side', ...rowsOfTable.map((row) => row.join(','))].join('\n'));
    run = await train('table', {
      dataset: ['type: table', 'path: table.csv', 'target: side'],
      model: '[{ type: dense, units: 2 }]',
      loss: 'cross_entropy',
    });
  });

  it('is written for each row, whose target may be missing', async () => {
    writeFileSync(place('new.csv'), 'kind,height\nx,-50\ny,50\nunknown,40\n');
    const rows = await predicted(run, place('new.csv'));
    expect(rows[0]).toEqual(['row', 'prediction', 'probability']);
    expect(rows.slice(1).map(([row, side]) => [row, side])).toEqual([
      ['1', 'below'],
      ['2', 'above'],
      ['3', 'above'],
    ]);
    for (const [, , probability] of rows.slice(1)) expect(Number(probability)).toBeGreaterThan(0.5);
  });

  it('depends on what was fitted in training, and on nothing in the new rows', async () => {
    writeFileSync(place('one.csv'), 'kind,height\nx,-50\n');
    writeFileSync(place('more.csv'), 'kind,height\nx,-50\ny,100000\nz,99999\n');
    const [alone, amongOthers] = [await predicted(run, place('one.csv')), await predicted(run, place('more.csv'))];
    expect(amongOthers[1]).toEqual(alone[1]);
  });

  it('is what evaluation measures', async () => {
    const [header, ...rows] = await predicted(run, '--part', 'test');
    expect(header).toEqual(['record', 'prediction', 'probability', 'target']);
    const loss = rows.reduce((sum, [, told, probability, target]) => {
      const ofTarget = told === target ? Number(probability) : 1 - Number(probability);
      return sum - Math.log(ofTarget);
    }, 0);
    const { test_loss, records } = (await evaluateHere(run)) as Record<string, number>;
    expect(rows.length).toBe(records);
    expect(loss / rows.length).toBeCloseTo(test_loss!, 4);
  });

  it('may name every class, in CSV and in JSON lines', async () => {
    const rows = await predicted(run, place('one.csv'), '--probabilities');
    expect(rows[0]).toEqual(['row', 'prediction', 'probability', 'above', 'below']);
    expect(Number(rows[1]![3]) + Number(rows[1]![4])).toBeCloseTo(1, 6);
    const { stdout } = await nnHereOk(['predict', run, place('one.csv'), '--probabilities', '--json', '--quiet', ...oneThread]);
    expect(JSON.parse(stdout)).toEqual({
      row: '1',
      prediction: 'below',
      probability: Number(rows[1]![2]),
      classes: { above: Number(rows[1]![3]), below: Number(rows[1]![4]) },
    });
  });

  it('is written into a file, or not at all', async () => {
    const file = place('out.csv');
    await nnHereOk(['predict', run, place('one.csv'), '--output', file, ...oneThread]);
    expect(readFileSync(file, 'utf8')).toMatch(/^row,prediction,probability\n1,below,0\.\d+\n$/);
    await refusal(run, place('one.csv'), '--output', place('out.xlsx'));
    expect(readdirSync(folder).filter((name) => name.includes('out'))).toEqual(['out.csv']);
  });

  it('replaces no file that the records come from', async () => {
    const before = readFileSync(place('one.csv'), 'utf8');
    symlinkSync(place('one.csv'), place('linked.csv'));
    for (const output of ['one.csv', 'linked.csv']) {
      expect(await refusal(run, place('one.csv'), '--output', place(output))).toContain(
        `${output} is a file that the records are read from\n`,
      );
    }
    expect(readFileSync(place('one.csv'), 'utf8')).toBe(before);
    expect(await refusal(run, '--part', 'test', '--output', place('table.csv'))).toContain('is a file that the records are read');
    expect(readFileSync(place('table.csv'), 'utf8')).toContain('height,kind,side');
  });

  it('is whole or not there, where it is stopped or cannot be written', async () => {
    writeFileSync(place('long.csv'), `kind,height\n${'x,1\n'.repeat(1_000_000)}`);
    const { child, done } = startNn([
      'predict',
      run,
      place('long.csv'),
      '--output',
      place('stopped.csv'),
      '--quiet',
      ...oneThread,
    ]);
    const begun = (): boolean => readdirSync(folder).some((name) => name.startsWith('stopped.csv.'));
    while (!begun() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGINT');
    const { code, stderr } = await done;
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: expect.stringMatching(/^stopped after \d+ of 1000000 records; nothing is written\n$/) as string,
    });
    mkdirSync(place('taken.csv'));
    const { code: refused, stderr: said } = await nnHere([
      'predict',
      run,
      place('one.csv'),
      '--output',
      place('taken.csv'),
      '--quiet',
    ]);
    expect({ refused, said }).toMatchObject({ refused: 1, said: expect.stringContaining('taken.csv: it is a folder') as string });
    expect(readdirSync(folder).filter((name) => /^(stopped|taken)\.csv./.test(name))).toEqual([]);
  });

  it('leaves no file behind where not even its first line can be written', async () => {
    const args = ['predict', run, place('one.csv'), '--output', place('full.csv'), '--quiet', ...oneThread];
    const { code, stderr } = await nn(args, { setup: 'ulimit -f 0' });
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('full.csv: the file would be') as string });
    expect(readdirSync(folder).filter((name) => name.startsWith('full.csv'))).toEqual([]);
  });

  it('leaves words alone that look like numbers', async () => {
    const codes = Array.from({ length: 60 }, (_, i) => `${i % 2 === 0 ? '01' : 'A1'},${i % 7},${i % 2 === 0 ? 'left' : 'right'}`);
    writeFileSync(place('codes.csv'), ['code,n,side', ...codes].join('\n'));
    const dataset = ['type: table', 'path: codes.csv', 'target: side'];
    const own = await train('codes', { dataset, model: '[{ type: dense, units: 2 }]', loss: 'cross_entropy' });
    writeFileSync(place('code.csv'), 'code,n\n01,3\n');
    const [, [, side, probability]] = (await predicted(own, place('code.csv'))) as [string[], string[]];
    expect(side).toBe('left');
    expect(Number(probability)).toBeGreaterThan(0.9);
  });

  it('applies the query, which may name columns that only training has', async () => {
    const dataset = [
      'type: table',
      'path: table.csv',
      'target: place',
      'query: SELECT height / 60 AS part, side AS place FROM data',
    ];
    const own = await train('query', { dataset, model: '[{ type: dense, units: 2 }]', loss: 'cross_entropy' });
    writeFileSync(place('heights.csv'), 'height\n-50\n50\n');
    const { stdout, stderr } = await nnHereOk(['predict', own, place('heights.csv'), ...oneThread]);
    expect(stdout).toMatch(/\n1,below,.*\n2,above,/);
    expect(stderr).toContain('note: there is no column "kind", which the data of training had: the query finds it empty\n');
    expect(stderr).toContain('note: there is no column "side"');
    writeFileSync(place('sides.csv'), 'side\nbelow\n');
    expect(await refusal(own, place('sides.csv'))).toContain(
      'error: the query gives "part" no value, and the files lack height, kind\n',
    );
  });

  it.each<[string, string, string]>([
    ['a column is missing', 'height\n1\n', 'error: the table has no column "kind"\nhint: it has height\n'],
    [
      'a value is none of its column',
      'kind,height\nx,tall\n',
      'error: row 1, column "height": found "tall", expected a number\nhint: correct the value; --set data.dataset.on_error=skip',
    ],
    ['a value is missing', 'kind,height\n,3\n', 'error: row 1, column "kind": the value is missing\n'],
    ['there is no row', 'kind,height\n', 'error: there are no rows\n'],
  ])('is refused where %s, without speaking of the config', async (_, text, start) => {
    writeFileSync(place('bad.csv'), text);
    const said = await refusal(run, place('bad.csv'));
    expect(said.startsWith(start), said).toBe(true);
    expect(said).not.toContain('.yaml');
  });

  it('leaves out rows that cannot be read where it is told to, and lists them', async () => {
    writeFileSync(place('some.csv'), 'kind,height\nx,tall\nx,-50\n');
    const skip = ['--set', 'data.dataset.on_error=skip'];
    const { stdout, stderr } = await nnHereOk(['predict', run, place('some.csv'), ...skip, ...oneThread]);
    expect(stdout).toMatch(/^row,prediction,probability\n2,below,.*\n$/);
    expect(stderr).toContain('1 row skipped:\n  row 1, column "height": found "tall", expected a number\n');
  });

  it('counts a line that is no row once, and rows that lack a value apart from it', async () => {
    const drop = await train('drop', {
      dataset: ['type: table', 'path: table.csv', 'target: side', 'missing: drop', 'on_error: skip'],
      model: '[{ type: dense, units: 2 }]',
      loss: 'cross_entropy',
      epochs: 1,
    });
    writeFileSync(place('ragged.csv'), 'height,kind\n1,x\n2,y,3,4\n,z\n3,x\n');
    const { stdout, stderr } = await nnHereOk(['predict', drop, place('ragged.csv'), ...oneThread]);
    // Rows keep the numbers that they have in the file.
    expect(stdout).toMatch(/^row,prediction,probability\n1,.*\n4,.*\n$/);
    expect(stderr).toContain('1 row skipped');
    expect(stderr).toContain('line 3: expected number of columns: 2 found: 4');
    expect(stderr).toContain('1 row lacks a value and is left out');
  });

  it('gives each class its own column where classes are called like numbers', async () => {
    const lines = rowsOfTable.map(([height]) => `${height},${height < 0 ? 10 : 9}`);
    writeFileSync(place('numbered.csv'), ['height,grade', ...lines].join('\n'));
    const numbered = await train('numbered', {
      dataset: [
        'type: table',
        'path: numbered.csv',
        'target: { column: grade, type: class }',
        "query: SELECT height, printf('%d', grade) AS grade FROM data",
      ],
      model: '[{ type: dense, units: 2 }]',
      loss: 'cross_entropy',
    });
    writeFileSync(place('heights.csv'), 'height\n-50\n50\n');
    const [header, ...rows] = await predicted(numbered, place('heights.csv'), '--probabilities');
    expect(header).toEqual(['row', 'prediction', 'probability', '10', '9']);
    for (const row of rows) expect(row[header!.indexOf(row[1]!)]).toBe(row[2]);
  });

  it('needs something to tell of', async () => {
    expect(await refusal(run)).toMatch(
      /^error: nothing to tell of was named\nhint: .* FILE\.\.\., of the data set table: CSV, TSV/,
    );
    expect(await refusal(run, place('none.csv'))).toBe(`error: ${place('none.csv')} does not exist\n`);
    expect(await refusal(run, place('one.csv'), '--part', 'test')).toContain('files and --part exclude each other');
    expect(await refusal(run, '--part', 'exam')).toContain('--part takes train, validation, test, not "exam"');
    expect(await refusal(run, '--part', 'validation')).toContain('the run has no validation part');
  });
});

describe('what a model makes of numbers', () => {
  it('is a number, of a table', async () => {
    const lines = Array.from({ length: 100 }, (_, i) => `${i / 50 - 1},${(3 * i) / 50 - 3 + 7}`);
    writeFileSync(place('line.csv'), ['x,y', ...lines].join('\n'));
    const run = await train('line', {
      dataset: ['type: table', 'path: line.csv', 'target: { column: y, type: numeric, standardize: true }'],
      model: '[{ type: dense, units: 1 }]',
      loss: 'mse',
      epochs: 120,
    });
    writeFileSync(place('x.csv'), 'x\n-1\n0.5\n');
    const rows = await predicted(run, place('x.csv'));
    expect(rows[0]).toEqual(['row', 'prediction']);
    expect(rows.slice(1).map(([, y]) => Number(y))).toEqual([expect.closeTo(4, 1), expect.closeTo(8.5, 1)]);
  });

  it('is what comes after a series, in its own units', async () => {
    const value = (i: number): number => 1000 + 100 * (i % 4);
    const days = Array.from(
      { length: 160 },
      (_, i) => `${new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10)},${value(i)}`,
    );
    writeFileSync(place('days.csv'), ['day,sold', ...days].join('\n'));
    const run = await train('days', {
      dataset: [
        'type: time_series',
        'path: days.csv',
        'time: day',
        'target: sold',
        'window: 4',
        'horizon: 2',
        'standardize_target: true',
      ],
      model: '[{ type: flatten }, { type: dense, units: 2 }]',
      loss: 'mse',
      epochs: 150,
    });
    writeFileSync(place('last.csv'), ['day,sold', ...days.slice(0, 22)].join('\n'));
    const rows = await predicted(run, place('last.csv'));
    expect(rows[0]).toEqual(['after', 'prediction_1', 'prediction_2']);
    expect(rows[1]![0]).toMatch(/^2026-01-22/);
    expect(rows[1]!.slice(1).map(Number)).toEqual([expect.closeTo(value(22), -1), expect.closeTo(value(23), -1)]);
    writeFileSync(place('short.csv'), ['day,sold', ...days.slice(0, 3)].join('\n'));
    expect(await refusal(run, place('short.csv'))).toContain('3 rows follow each other, fewer than the window of 4');
  });
});

describe('what a model makes of files', () => {
  it('is a class for each picture, in folders too', async () => {
    for (let i = 0; i < 20; i++) {
      writeInto(
        folder,
        `pictures/warm/${i}.png`,
        await plain(180 + i, 60 + i, 40)
          .png()
          .toBuffer(),
      );
      writeInto(
        folder,
        `pictures/cold/${i}.png`,
        await plain(40, 60 + i, 180 + i)
          .png()
          .toBuffer(),
      );
    }
    const run = await train('colours', {
      dataset: ['type: images', 'path: pictures', 'image_size: 6'],
      model: '[{ type: flatten }, { type: dense, units: 2 }]',
      loss: 'cross_entropy',
      transforms: '[{ type: standardize }]',
    });
    const red = writeInto(folder, 'new/red.jpg', await plain(190, 70, 40, 31, 17).jpeg().toBuffer());
    const blue = writeInto(folder, 'new/inner/blue.webp', await plain(40, 70, 190).webp().toBuffer());
    writeInto(folder, 'new/notes.txt', 'not a picture');
    const told = async (...paths: string[]) => (await predicted(run, ...paths)).map(([file, kind]) => [file, kind]);
    expect(await told(red, blue)).toEqual([
      ['file', 'prediction'],
      [red, 'warm'],
      [blue, 'cold'],
    ]);
    expect(await told(place('new'))).toEqual([
      ['file', 'prediction'],
      [blue, 'cold'],
      [red, 'warm'],
    ]);
    const bad = writeInto(folder, 'bad.png', 'this is a text');
    expect(await refusal(run, bad)).toMatch(/^error: .*bad\.png is no picture: it begins with "this is a text"\n/);
    expect(await refusal(run, writeInto(folder, 'some/notes.txt', 'x').replace('/notes.txt', ''))).toContain(
      'there are no pictures that can be read',
    );
  });

  it('is a class for each recording and each text', async () => {
    for (let i = 0; i < 12; i++) {
      for (const [name, pitch] of [
        ['low', 200],
        ['high', 900],
      ] as const) {
        writeInto(folder, `tones/${name}/${i}.wav`, wavBytes(tone(pitch + 5 * i, 400)));
      }
      writeInto(folder, `letters/spam/${i}.txt`, `win money ${'now '.repeat(i + 1)}`);
      writeInto(folder, `letters/ham/${i}.txt`, `see you ${'soon '.repeat(i + 1)}`);
    }
    const tones = await train('pitches', {
      dataset: ['type: audio', 'path: tones', 'duration: 0.05'],
      model: '[{ type: flatten }, { type: dense, units: 2 }]',
      loss: 'cross_entropy',
      transforms: '[{ type: spectrogram, fft_size: 64 }, { type: standardize }]',
      epochs: 40,
    });
    const high = writeInto(folder, 'high.wav', wavBytes(tone(920, 800, 16000), { sampleRate: 16000, encoding: 'f32' }));
    expect((await predicted(tones, high))[1]!.slice(0, 2)).toEqual([high, 'high']);
    const letters = await train('mails', {
      dataset: ['type: text_files', 'path: letters', 'length: 8', 'vocabulary_size: 20'],
      model: '[{ type: embedding, input_dim: 20, output_dim: 4 }, { type: global_average_pool1d }, { type: dense, units: 2 }]',
      loss: 'cross_entropy',
    });
    const letter = writeInto(folder, 'letter.txt', 'money, never seen before: win');
    expect((await predicted(letters, letter))[1]!.slice(0, 2)).toEqual([letter, 'spam']);
  });
});

describe('what a model makes of arrays', () => {
  it('is written as an array too, for records of the shape that it was trained on', async () => {
    const run = await train('moons', {
      dataset: ['type: synthetic', 'task: blobs', 'examples: 200', 'test_examples: 50'],
      model: '[{ type: dense, units: 3 }]',
      loss: 'cross_entropy',
    });
    const file = writeInto(folder, 'points.npy', npyFloats([2, 2], [0, 0, 5, 5]));
    const output = place('told.npy');
    await nnHereOk(['predict', run, file, '--output', output, '--quiet', ...oneThread]);
    const bytes = readFileSync(output);
    expect(bytes.subarray(0, 6).toString('latin1')).toBe('\x93NUMPY');
    expect(bytes.subarray(10, 128).toString('latin1')).toMatch(
      /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(2, 3\), \} *\n$/,
    );
    const told = new Float32Array(Uint8Array.from(bytes.subarray(128)).buffer);
    expect(told.length).toBe(6);
    expect(told[0]! + told[1]! + told[2]!).toBeCloseTo(1, 5);
    const rows = await predicted(run, file, '--probabilities');
    expect(rows[2]!.slice(3).map(Number)).toEqual([...told.subarray(3)].map((value) => Number(value.toPrecision(7))));
    expect(await refusal(run, writeInto(folder, 'wide.npy', npyFloats([1, 3], [0, 0, 0])))).toContain(
      'has records of 3, and the model reads 2',
    );
    expect(await refusal(run, place('moons.yaml'))).toContain(
      'new records of the data set synthetic are read from NPY and NPZ files',
    );
  });

  it('takes what the config says of bytes', async () => {
    const values = Array.from({ length: 80 }, (_, i) => i % 2);
    const bytes = Uint8Array.from(values, (one, i) => 40 + i + 100 * one);
    writeInto(folder, 'bytes.npy', npyBytes({ descr: '|u1', shape: [80, 1] }, bytes));
    writeInto(folder, 'sides.npy', npyBytes({ descr: '|u1', shape: [80] }, Uint8Array.from(values)));
    const run = await train('bytes', {
      dataset: ['type: arrays', 'inputs: { input: { array: bytes.npy, scale_bytes: false } }', 'targets: sides.npy'],
      model: '[{ type: dense, units: 1 }]',
      loss: 'binary_cross_entropy',
      transforms: '[{ type: standardize }]',
      epochs: 40,
    });
    const file = writeInto(folder, 'new-bytes.npy', npyBytes({ descr: '|u1', shape: [2, 1] }, Uint8Array.of(60, 200)));
    expect((await predicted(run, file)).map((row) => row.slice(0, 2))).toEqual([
      ['record', 'prediction'],
      ['0', '0'],
      ['1', '1'],
    ]);
  });
});

describe('what a model of digits makes of', () => {
  let run: string;
  beforeAll(async () => {
    run = place('digits');
    await trainHere(run, '--quiet', '--set', 'expect={}');
  });

  it('a picture is what it makes of the same digit in the test set', async () => {
    const rows = (await predicted(run, '--part', 'test')).slice(1, 4);
    const images = readIdx(join(project, 'data/smoke/test-images.idx.gz'));
    for (const [i, row] of rows.entries()) {
      const digit = images.data.subarray(i * 784, (i + 1) * 784);
      const file = writeInto(
        folder,
        `digit-${i}.png`,
        await sharp(digit, { raw: { width: 28, height: 28, channels: 1 } })
          .png()
          .toBuffer(),
      );
      expect((await predicted(run, file))[1]).toEqual([file, ...row.slice(1, 3)]);
    }
  });

  it('a file that is no picture is an error, without an option that the data set lacks', async () => {
    const text = writeInto(folder, 'no-digit.png', 'this is a text');
    const said = await refusal(run, text);
    expect(said).toContain('no-digit.png is no picture');
    expect(said).not.toContain('on_error');
  });

  it('a checkpoint says which one it was', async () => {
    const { stderr } = await nnHereOk(['predict', join(run, 'checkpoints/last.safetensors'), '--part', 'test', ...oneThread]);
    expect(stderr).toMatch(/last\.safetensors on \d+ records\n$/);
  });
});

it('several targets of a table are told under their columns', async () => {
  const lines = Array.from({ length: 80 }, (_, i) => `${i - 40},${i < 40 ? 'below' : 'above'},${(i - 40) / 10 + 100}`);
  writeFileSync(place('many.csv'), ['n,side,far', ...lines].join('\n'));
  const run = await train('many', {
    dataset: ['type: table', 'path: many.csv', 'target: [side, { column: far, type: numeric, standardize: true }]'],
    model: '[{ type: dense, units: 2, name: s, inputs: input }, { type: dense, units: 1, name: f, inputs: input }]',
    loss: '[{ type: cross_entropy, output: s, target: side }, { type: mse, output: f, target: far }]',
    epochs: 60,
  });
  writeFileSync(place('n-many.csv'), 'n\n-30\n30\n');
  const rows = await predicted(run, place('n-many.csv'));
  expect(rows[0]).toEqual(['row', 'side_prediction', 'side_probability', 'far_prediction']);
  expect(rows.slice(1).map((row) => row[1])).toEqual(['below', 'above']);
  expect(rows.slice(1).map((row) => Number(row[3]))).toEqual([expect.closeTo(97, 0), expect.closeTo(103, 0)]);
});

it('several outputs are told under their names', async () => {
  const lines = Array.from({ length: 80 }, (_, i) => `${i},${i % 2 === 0 ? 'even' : 'odd'}`);
  writeFileSync(place('two.csv'), ['n,parity', ...lines].join('\n'));
  const run = await train('two', {
    dataset: ['type: table', 'path: two.csv', 'target: parity'],
    model:
      '[{ type: dense, units: 4, name: shared }, { type: dense, units: 1, name: back, inputs: shared }, { type: dense, units: 2, name: class, inputs: shared }]',
    loss: '[{ type: cross_entropy, output: class }, { type: mse, output: back, target: input }]',
    epochs: 1,
  });
  writeFileSync(place('n.csv'), 'n\n4\n');
  const rows = await predicted(run, place('n.csv'));
  expect(rows[0]).toEqual(['row', 'target_prediction', 'target_probability', 'input_prediction_1']);
  expect(await refusal(run, place('n.csv'), '--output', place('two.npy'))).toContain(
    'the model tells target, input, and an NPY file holds one array',
  );
});

it('what was to come back is told beside what came, of several outputs of one target too', async () => {
  const lines = Array.from({ length: 80 }, (_, i) => `${i},${3 * i + 1},${i % 2}.5`);
  writeFileSync(place('back.csv'), ['a,b,t', ...lines].join('\n'));
  const run = await train('back', {
    dataset: [
      'type: table',
      'path: back.csv',
      'target: t',
      'features: { a: { type: numeric, scaling: none }, b: { type: numeric, scaling: none } }',
    ],
    model:
      '[{ type: dense, units: 2, name: copy }, { type: dense, units: 1, name: f, inputs: copy }, { type: dense, units: 1, name: g, inputs: copy }]',
    loss: '[{ type: mse, output: copy, target: input }, { type: mse, output: f }, { type: mae, output: g }]',
    epochs: 1,
  });
  const [header, ...rows] = await predicted(run, '--part', 'test');
  const told = ['input_prediction_1', 'input_prediction_2', 'input_target_1', 'input_target_2'];
  expect(header).toEqual(['record', ...told, 'f_prediction', 'f_target', 'g_prediction', 'g_target']);
  expect(rows.length).toBeGreaterThan(2);
  for (const row of rows) {
    const n = Number(row[0]!.split(' ')[1]) - 1;
    expect(row).toHaveLength(header!.length);
    expect([3, 4, 6, 8].map((at) => Number(row[at]))).toEqual([n, 3 * n + 1, (n % 2) + 0.5, (n % 2) + 0.5]);
  }
});
