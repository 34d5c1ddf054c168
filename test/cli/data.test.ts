import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { drawValues, sideBySide } from '../../src/cli/draw-sample.js';
import { writeSampleSheet } from '../../src/cli/sample-sheet.js';
import { writeWav } from '../data/sound/wav-files.js';
import { nnHere } from './in-process.js';
import { smokeConfig } from './nn.js';

const folder = mkdtempSync(join(tmpdir(), 'nn-data-'));
afterAll(() => rmSync(folder, { recursive: true }));

const data = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await nnHere(['data', ...args, '--runs', folder]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^(features of the table: .*\n)?$/) });
  return stdout;
};

/** A config of a table. */
function tableConfig(name: string, rows: readonly string[], options = ''): string {
  writeFileSync(join(folder, `${name}.csv`), ['a,b,kind', ...rows].join('\n'));
  const path = join(folder, `${name}.yaml`);
  writeFileSync(
    path,
    `version: 1
name: ${name}
data:
  dataset: {type: table, path: ${name}.csv, target: kind${options}}
  batch_size: 4
model: [{type: dense, units: 2}]
loss: cross_entropy
`,
  );
  return path;
}

/** A grey picture of 12 x 12 that is another for another seed, from `bright` on. */
async function greyPicture(path: string, seed: number, bright: number): Promise<void> {
  const pixels = Uint8Array.from({ length: 144 }, (_, i) => bright + Math.floor((((seed + 1) * (i + 7) * 31) % 103) / 3));
  mkdirSync(dirname(path), { recursive: true });
  await sharp(pixels, { raw: { width: 12, height: 12, channels: 1 } })
    .png()
    .toFile(path);
}

/** A config of a folder of grey pictures. */
function pictureConfig(name: string, more = 'batch_size: 4'): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(
    path,
    `version: 1
name: ${name}
data: {dataset: {type: images, path: ${name}, image_size: 12, color: greyscale}, ${more}}
model: [{type: flatten}, {type: dense, units: 2}]
loss: cross_entropy
`,
  );
  return path;
}

describe('nn data', () => {
  it('counts, measures and draws the records, in 80 columns', async () => {
    const text = await data(smokeConfig, '--samples', '4');
    expect(text).toMatch(/^input +input +28 x 28 x 1 numbers$/m);
    expect(text).toMatch(/^target +target +one of 10 classes$/m);
    expect(text).toMatch(/^target +train +validation +test$/m);
    expect(text).toMatch(/^all +500 +100 +200$/m);
    expect(text).toMatch(/^input +0 +1 +0\.13\d+ +0\.31\d+$/m);
    expect(text).toMatch(/^target: 0 +target: 1 +target: 2$/m);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(
      Math.max(
        80,
        ...text
          .split('\n')
          .filter((line) => line.includes('md5'))
          .map((line) => line.length),
      ),
    );
  });

  it('writes a sheet of pictures: as they are stored, and as they are read in four epochs', async () => {
    const sheet = join(folder, 'sheet.png');
    await data(smokeConfig, '--samples', '3', '--sheet', sheet, '--set', 'data.augment=[{type: random_shift, width: 0.3}]');
    const { data: pixels, info } = await sharp(sheet).greyscale().raw().toBuffer({ resolveWithObject: true });
    const cell = 84 + 4;
    expect(info).toMatchObject({ width: 3 * cell + 4, height: 5 * cell + 4 });
    const cellAt = (row: number, column: number) =>
      Array.from(
        { length: 84 * 84 },
        (_, i) => pixels[(row * cell + 4 + Math.floor(i / 84)) * info.width + column * cell + 4 + (i % 84)]!,
      );
    const brightness = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    for (const column of [0, 1, 2]) {
      expect(brightness(cellAt(0, column))).toBeGreaterThan(10);
      for (const row of [1, 2, 3, 4]) expect(cellAt(row, column)).not.toEqual(cellAt(row - 1, column));
    }
  });

  it('writes a row for what the model reads where nothing is random, and none twice', async () => {
    const sheet = join(folder, 'plain.png');
    const rowsOf = async (...set: string[]): Promise<number> => {
      const told = await data(smokeConfig, '--samples', '2', '--sheet', sheet, ...set);
      expect(told.replace(/\s+/g, ' ')).toContain(
        set.length === 0 ? 'above as it is stored, below as the model' : 'as it is stored, which is what the',
      );
      return ((await sharp(sheet).metadata()).height - 4) / (84 + 4);
    };
    expect(await rowsOf()).toBe(2);
    expect(await rowsOf('--set', 'data.transforms=[]')).toBe(1);
  });

  it('says which of several pictures of a record come first', async () => {
    const path = join(folder, 'masks.yaml');
    const dataset = '{type: mnist_masks, size: 28, most_digits: 1, train_examples: 4, test_examples: 1}';
    const model = '[{type: conv2d, filters: 11, kernel_size: 1}]';
    writeFileSync(
      path,
      `version: 1\nname: masks\ndata: {dataset: ${dataset}, batch_size: 2}\nmodel: ${model}\nloss: cross_entropy\n`,
    );
    const sheet = join(folder, 'masks.png');
    const told = await data(path, '--samples', '2', '--sheet', sheet);
    expect(told.replace(/\s+/g, ' ')).toContain('as it is stored, which is what the model reads; input before target');
    expect(await sharp(sheet).metadata()).toMatchObject({ width: 2 * 88 + 4, height: 2 * 88 + 4 });
  });

  it('draws sounds as they grow louder and softer, and their spectrograms with time to the right', async () => {
    const sounds = join(folder, 'sounds');
    for (const kind of ['low', 'high']) {
      mkdirSync(join(sounds, kind), { recursive: true });
      for (let i = 0; i < 6; i++) {
        // Silence, then a tone.
        const tone = Array.from({ length: 4000 }, (_, n) => (n < 2000 ? 0 : 0.5 * Math.sin(n * (kind === 'low' ? 0.2 : 2) + i)));
        writeWav(join(sounds, kind, `${i}.wav`), tone);
      }
    }
    const path = join(folder, 'sounds.yaml');
    writeFileSync(
      path,
      `version: 1
name: sounds
data:
  dataset: {type: audio, path: sounds, duration: 0.5}
  batch_size: 4
  transforms: [{type: spectrogram, fft_size: 256, hop_size: 128}]
model: [{type: flatten}, {type: dense, units: 2}]
loss: cross_entropy
`,
    );
    const sheet = join(folder, 'sounds.png');
    const text = await data(path, '--samples', '1', '--sheet', sheet);
    expect(text).toMatch(/^input +input +4000 samples, 0\.5 s +32 x 129 x 1 numbers$/m);
    expect(text).toMatch(/^input: ▁{36,37}[▁-█]?█{36}$/m);
    expect(text.replace(/\s+/g, ' ')).toContain('a column for each of them, as the model reads it; time');
    const { width, height } = await sharp(sheet).metadata();
    expect(width).toBeLessThan(height);
    const { data: pixels, info } = await sharp(sheet).greyscale().raw().toBuffer({ resolveWithObject: true });
    const sum = (from: number, to: number): number => {
      let total = 0;
      for (let y = 4; y < info.height - 4; y++) for (let x = from; x < to; x++) total += pixels[y * info.width + x]!;
      return total;
    };
    expect(sum(4 + 18, info.width - 4)).toBeGreaterThan(10 * sum(4, 4 + 14));
  });

  it('lists missing values, and files that are skipped once', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${i < 3 ? '' : i},${i % 5 === 0 ? '' : i % 7},${i % 2 === 0 ? 'x' : 'y'}`);
    const text = await data(tableConfig('gaps', rows, ', missing: median'));
    expect(text).toMatch(/^column "a": 3 of 40 values are missing: they become the median of the training\n {2}part$/m);
    expect(text).toMatch(/^numbers of input: a, b$/m);
    expect(text).toMatch(/^column "b": 8 of 40 values are missing: /m);
    expect(await data(tableConfig('refused', rows))).toContain('are refused');

    const pictures = join(folder, 'pictures');
    for (const kind of ['light', 'dark']) {
      mkdirSync(join(pictures, kind), { recursive: true });
      const background = kind === 'light' ? '#ffffff' : '#000000';
      for (let i = 0; i < 8; i++) {
        const picture = sharp({ create: { width: 8, height: 8 + i, channels: 3, background } });
        await picture.png().toFile(join(pictures, kind, `${i}.png`));
      }
    }
    writeFileSync(join(pictures, 'dark', 'none.png'), 'no picture');
    const path = join(folder, 'pictures.yaml');
    writeFileSync(
      path,
      `version: 1
name: pictures
data:
  dataset: {type: images, path: pictures, image_size: 8}
  batch_size: 4
model: [{type: flatten}, {type: dense, units: 2}]
loss: cross_entropy
`,
    );
    const listed = await data(path, '--samples', '2');
    expect(listed.match(/none\.png/g)).toHaveLength(1);
    expect(listed).toMatch(/^1 file skipped:\n {2}.*none\.png/m);
    expect(listed).not.toMatch(/md5 $/m);
    expect(listed).toMatch(/the first\s+is\s+train record \d+ \((light|dark)\/\d\.png\), the same\s+as train record/);
  });

  it('lists labels that are likely wrong, and draws some of them', async () => {
    const points = Array.from({ length: 120 }, (_, i) => {
      const isLeft = i % 2 === 0;
      const [a, b] = [(isLeft ? 0 : 5) + Math.sin(i * 1.7), Math.cos(i * 2.9)];
      return `${a},${b},${isLeft === (i !== 14) ? 'left' : 'right'}`;
    });
    const config = tableConfig('mislabelled', points);
    const text = await data(config);
    expect(text).toMatch(
      /^likely wrong labels, a guess from what is near in 120 records: 1\n {2}\w+ record \d+ \(row 15\) is "right", its 10\s+nearest are "left"$/m,
    );
    const { doubtful } = JSON.parse(await data(config, '--json')) as { doubtful: { found: { name: string }[] } };
    expect(doubtful.found.map(({ name }) => name)).toEqual(['row 15']);
  });

  it('tells of records that are in two parts, and of the same inputs with different classes', async () => {
    // The split is by content: rows with the same inputs and another class may lie on different sides.
    const rows = Array.from({ length: 60 }, (_, i) => `${i % 20},${(i * 7) % 20},${i % 20 < 3 && i < 20 ? 'yes' : 'no'}`);
    const report = JSON.parse(await data(tableConfig('twins', rows), '--json')) as {
      parts: { records: number }[];
      duplicates: { count: number }[];
      contradictions: { count: number };
      warnings: string[];
    };
    expect(report.parts.reduce((sum, { records }) => sum + records, 0)).toBe(60);
    // Twenty different inputs.
    expect(report.duplicates.reduce((sum, { count }) => sum + count, 0)).toBe(40);
    // Each of the three has one record of one class and two of the other: one or two differ from the first met.
    expect(report.contradictions.count).toBeGreaterThanOrEqual(3);
    expect(report.contradictions.count).toBeLessThanOrEqual(6);
    expect(report.warnings).toContainEqual(expect.stringMatching(/have the inputs of another and a different class, such as /));
    expect(report.warnings).toContainEqual(
      expect.stringMatching(/train records? ha(s|ve) the inputs of a record before: the first is train record/),
    );
  });

  it('tells of values far from those that nets learn from, and of rare classes', async () => {
    const rows = Array.from({ length: 100 }, (_, i) => `${i * 50},${i % 7},${i % 40 === 0 ? 'rare' : 'usual'}`);
    const text = await data(tableConfig('wide', rows, ', features: {a: {type: numeric, scaling: none}, b: numeric}'));
    expect(text).toMatch(/warning: input: values go from .* to 4[89]\d\d\n?/);
    expect(text).toMatch(/warning: kind|warning: target/);
  });

  it('measures each record once, however often training draws it', async () => {
    const rows = Array.from({ length: 100 }, (_, i) => `${i},${i % 7},${i % 10 === 0 ? 'rare' : 'usual'}`);
    const config = tableConfig('balanced', rows);
    const numbersOf = async (...set: string[]) =>
      (
        JSON.parse(await data(config, '--json', '--set', 'data.transforms=[{type: scale, factor: 2}]', ...set)) as {
          numbers: unknown;
        }
      ).numbers;
    expect(await numbersOf('--set', 'data.balance=oversample')).toEqual(await numbersOf());
  });

  it('shows the words of texts', async () => {
    const text = await data(
      join(process.cwd(), 'configs/translate.yaml'),
      '--samples',
      '1',
      '--set',
      'data.dataset.examples=2000',
    );
    expect(text).toMatch(/^source: .+$/m);
    expect(text).toMatch(/^target: \d{4}-\d\d-\d\d$/m);
  });

  it('prints nothing of the data that a terminal would take as a command', async () => {
    const rows = Array.from(
      { length: 40 },
      (_, i) => `${i},${i % 2 === 0 ? '\u001b[2Jred' : '"two\nlines"'},${'\u009b'.repeat(i % 2)}k${i % 2}`,
    );
    const text = await data(tableConfig('commands', rows), '--samples', '1');
    expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(text).toContain('numbers of input: a, b=[2Jred, b=two⏎lines');
  });

  it('nor of the names of files and classes, and breaks lines at long ones', async () => {
    const root = join(folder, 'names');
    for (const [label, bright] of [
      ['\u001b[31mred', 200],
      [`blue\u001b]0;${'title'.repeat(12)}\u0007`, 20],
    ] as const) {
      // A picture of the other class among them, two of the same content, and one that is none.
      for (let i = 0; i < 30; i++) await greyPicture(join(root, label, `${'long '.repeat(12)}${i}\u001b[5m.png`), i, bright);
      await greyPicture(join(root, label, 'wrong\u001b[7m.png'), 99, 220 - bright);
      writeFileSync(join(root, label, 'bad\u001b[7m.png'), 'none');
    }
    await greyPicture(join(root, '\u001b[31mred', 'again.png'), 3, 20);
    const { code, stdout } = await nnHere(['data', pictureConfig('names'), '--runs', folder]);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(stdout).toMatch(/^ {2}md5 [0-9a-f]{32}$/m);
    const flat = stdout.replace(/\s+/g, ' ');
    expect(flat).toContain('nearest: blue]0;title');
    expect(flat).toContain('2 files skipped: ');
    expect(flat).toContain('warning: 1 record has the inputs of another and a different class, such as ');
  });

  it('shows pictures that were made darker as darker', async () => {
    for (const label of ['a', 'b'])
      for (let i = 0; i < 6; i++) await greyPicture(join(folder, 'bright', label, `${i}.png`), i, 40);
    const sheet = join(folder, 'bright.png');
    const changes =
      'batch_size: 4, augment: [{type: color_jitter, brightness: 0.9}], transforms: [{type: normalize, mean: 0.5, std: 0.2}]';
    await data(pictureConfig('bright', changes), '--samples', '1', '--sheet', sheet);
    const { data: pixels, info } = await sharp(sheet).greyscale().raw().toBuffer({ resolveWithObject: true });
    const cell = 84 + 4;
    const most = [1, 2, 3, 4].map((row) => {
      const own = pixels.subarray((row * cell + 4) * info.width, (row * cell + 84) * info.width);
      return Math.max(...own.filter((_, i) => i % info.width >= 4 && i % info.width < cell));
    });
    expect(Math.max(...most)).toBe(255);
    expect(Math.min(...most)).toBeLessThan(200);
  });

  it('goes on below where a sheet would be very wide', async () => {
    const sheet = join(folder, 'many.png');
    const picture = (bright: number) => ({ values: new Float32Array(84 * 84).fill(bright), height: 84, width: 84, channels: 1 });
    await writeSampleSheet(
      sheet,
      Array.from({ length: 20 }, (_, i) => [picture(i / 32), picture(1)]),
    );
    const { data: pixels, info } = await sharp(sheet).greyscale().raw().toBuffer({ resolveWithObject: true });
    const [cell, band] = [88, 2 * 88 + 8];
    expect(info).toMatchObject({ width: 18 * cell + 4, height: 2 * band - 4 });
    const at = (x: number, y: number): number => pixels[y * info.width + x]!;
    expect(at(17 * cell + 4, 4)).toBe(Math.round((255 * 17) / 32));
    expect(at(4, band + 4)).toBe(Math.round((255 * 18) / 32));
    expect(at(cell + 4, band + cell + 4)).toBe(255);
    expect(at(info.width - 5, info.height - 5)).toBe(128);
  });

  it('fails at the line of the config where there is no data', async () => {
    const path = tableConfig('gone', ['1,2,x']);
    rmSync(join(folder, 'gone.csv'));
    const { code, stderr } = await nnHere(['data', path]);
    expect(code).toBe(2);
    expect(stderr).toContain('gone.yaml:4');
  });
});

describe('a drawing', () => {
  it('of a picture has half as many lines as pixels, from dark to bright', () => {
    const picture = Float32Array.of(0, 0, 1, 1, 0, 0, 1, 1, 0.5, 0.5, 0, 1, 0.5, 0.5, 0, 1);
    const field = { kind: 'number', shape: [4, 4, 1] } as const;
    expect(drawValues(picture, field, { width: 20, colors: 'none' })).toEqual(['  @@', '++ @']);
    const [line] = drawValues(picture, field, { width: 20, colors: 'all' });
    expect(line).toContain('\u001b[38;2;255;255;255m\u001b[48;2;255;255;255m▀');
    const colours = Float32Array.of(1, 0, 0, 0.52, 0.5, 0.5, 0, 0, 0.3, 1, 1, 1);
    // Red of the cube, a grey beside it, a dark blue and white.
    expect(drawValues(colours, { kind: 'number', shape: [2, 2, 3] }, { width: 20, colors: 'palette' })).toEqual([
      '\u001b[38;5;196m\u001b[48;5;17m▀\u001b[38;5;244m\u001b[48;5;231m▀\u001b[0m',
    ]);
  });

  it('of a wide picture is shrunk to the columns there are', () => {
    const lines = drawValues(
      new Float32Array(100 * 100).fill(1),
      { kind: 'number', shape: [100, 100, 1] },
      { width: 20, colors: 'none' },
    );
    expect(lines).toEqual(Array<string>(10).fill('@'.repeat(20)));
  });

  it('of letters, words, curves and numbers is a line', () => {
    const draw = (values: number[], field: Parameters<typeof drawValues>[1], width = 30) =>
      drawValues(Float32Array.from(values), field, { width, colors: 'none' });
    expect(draw([1, 2, 1], { kind: 'class', shape: [3], classes: 3, labels: ['', 'a', '\n'] })).toEqual(['a⏎a']);
    expect(draw([1, 2], { kind: 'class', shape: [2], classes: 3, labels: ['', 'one', 'two'] })).toEqual(['one two']);
    expect(draw([0, 9, 7, 9, 3.5, 9], { kind: 'number', shape: [3, 2] })).toEqual(['▁█▅ (the first of 2)']);
    expect(
      drawValues(Float32Array.of(0, 0, 1, 2), { kind: 'class', shape: [2, 2], classes: 3 }, { width: 9, colors: 'none' }),
    ).toEqual(['-+']);
    expect(draw([0, 1, 0, 1, 4, 4], { kind: 'number', shape: [6, 1] }, 3)).toEqual(['▁▁█']);
    expect(draw([0, 1, 0, -1, 4, -4, 0, 0], { kind: 'number', shape: [8], sampleRate: 8 }, 4)).toEqual(['▂▂█▁']);
    expect(draw([1.25, 2.5, 3.75, 5.5, 6.5], { kind: 'number', shape: [5] }, 19)).toEqual(['1.25, … (5 in all)']);
    expect(draw([0.25, -1e9], { kind: 'number', shape: [2] })).toEqual(['0.25, -1.0000e+9']);
    expect(draw([1, 1, 1, 1], { kind: 'class', shape: [4], classes: 2, labels: ['', 'long'] }, 12)).toEqual(['long long l…']);
  });

  it('of several stands side by side', () => {
    expect(sideBySide([['aa', 'a'], ['b'], ['c']], 4, 11)).toEqual(['aa    b', 'a', '', 'c', '']);
    expect(sideBySide([['正方'], ['b']], 5, 12)).toEqual(['正方   b', '']);
  });
});
