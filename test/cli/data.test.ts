import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { drawValues, sideBySide } from '../../src/cli/draw-sample.js';
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
    expect(drawValues(picture, field, { width: 20, color: false })).toEqual(['  @@', '++ @']);
    const [line] = drawValues(picture, field, { width: 20, color: true });
    expect(line).toContain('\u001b[38;2;255;255;255m\u001b[48;2;255;255;255m▀');
  });

  it('of a wide picture is shrunk to the columns there are', () => {
    const lines = drawValues(
      new Float32Array(100 * 100).fill(1),
      { kind: 'number', shape: [100, 100, 1] },
      { width: 20, color: false },
    );
    expect(lines).toEqual(Array<string>(10).fill('@'.repeat(20)));
  });

  it('of letters, words, curves and numbers is a line', () => {
    const draw = (values: number[], field: Parameters<typeof drawValues>[1], width = 30) =>
      drawValues(Float32Array.from(values), field, { width, color: false });
    expect(draw([1, 2, 1], { kind: 'class', shape: [3], classes: 3, labels: ['', 'a', '\n'] })).toEqual(['a⏎a']);
    expect(draw([1, 2], { kind: 'class', shape: [2], classes: 3, labels: ['', 'one', 'two'] })).toEqual(['one two']);
    expect(draw([0, 9, 7, 9, 3.5, 9], { kind: 'number', shape: [3, 2] })).toEqual(['▁█▅']);
    expect(draw([0.25, -1e9], { kind: 'number', shape: [2] })).toEqual(['0.25, -1.0000e+9']);
    expect(draw([1, 1, 1, 1], { kind: 'class', shape: [4], classes: 2, labels: ['', 'long'] }, 12)).toEqual(['long long l…']);
  });

  it('of several stands side by side', () => {
    expect(sideBySide([['aa', 'a'], ['b'], ['c']], 4, 11)).toEqual(['aa    b', 'a', '', 'c', '']);
  });
});
