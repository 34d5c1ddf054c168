import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../src/files/checkpoint.js';
import { runPaths } from '../../src/files/run-folder.js';
import { evaluateHere, nnHere, resumeHere, trainHere } from './in-process.js';
import { set, smokeConfig } from './nn.js';
import { lastBytes, sharedFolder, timelessRows } from './runs.js';

const folder = sharedFolder();
const conv = (more: object = {}) => ({ type: 'conv2d', filters: 8, kernel_size: 3, padding: 'same', ...more });
const model = [
  conv({ strides: 4 }),
  { type: 'repeat', times: 2, layers: [{ type: 'residual', layers: [conv(), { type: 'batch_norm' }], activation: 'relu' }] },
  {
    type: 'residual',
    name: 'widen',
    layers: [conv({ filters: 12 }), { type: 'dropout', rate: 0.2 }],
    shortcut: [conv({ filters: 12, kernel_size: 1 })],
  },
  { type: 'flatten' },
  { type: 'dense', units: 32 },
  { type: 'dense', units: 32 },
  { type: 'block', block: 'head', name: 'head', with: { classes: 10 } },
];
const blocks = {
  head: {
    parameters: { classes: null },
    layers: [
      { type: 'dense', units: 32, share_weights_with: 'dense_2', name: 'a' },
      { type: 'dense', units: '$classes' },
    ],
  },
};
const settings = set({ blocks, model, expect: {}, 'train.epochs': 2 });

describe('a nested model', { timeout: 60_000 }, () => {
  it('has a summary of 80 columns, with what is within a container below it', async () => {
    const { code, stdout } = await nnHere(['summary', smokeConfig, ...settings]);
    expect(code).toBe(0);
    const [table, totals] = stdout.split('\n\n');
    const cells = (line: string): string[] => line.replace(/(\S) {2,}/g, '$1|').split('|');
    const rows = table!
      .split('\n')
      .slice(1)
      .map((line) => cells(line).slice(0, 2).join(': '));
    const time = ['    residual_1: residual', '      conv2d_1: conv2d', '      batch_norm_1: batch_norm'];
    const sum = ['      add_1 <- batch_norm_1,: add', '        input', '      activation_1: activation'];
    expect(rows).toEqual([
      ...['conv2d_1: conv2d', 'repeat_1: repeat', '  0', ...time, ...sum, '  1', ...time, ...sum],
      ...['widen: residual', '  conv2d_1: conv2d', '  dropout_1: dropout', '  shortcut', '    conv2d_1: conv2d'],
      ...['  add_1 <- dropout_1,: add', '    shortcut.conv2d_1', 'flatten_1: flatten', 'dense_1: dense', 'dense_2: dense'],
      ...['head: sequential', '  a: dense', '  dense_1: dense'],
    ]);
    expect(table).toMatch(/^ {2}a +dense +32 +shared +2\.08 k$/m);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    const counted = [...table!.matchAll(/ ([\d,]+) +[\d.]+( [kM])?$/gm)].map(([, count]) => Number(count!.replaceAll(',', '')));
    const total = Number(/^parameters +([\d,]+)/m.exec(totals!)![1]!.replaceAll(',', ''));
    expect(counted.reduce((a, b) => a + b, 0)).toBe(total);
  });

  it('has names of any length in 80 columns', async () => {
    const long = 'a_name_of_a_layer_that_is_longer_than_a_column_of_a_table_may_be_at_any_time';
    const named = [
      {
        type: 'sequential',
        name: long,
        layers: [
          { type: 'flatten', name: long },
          { type: 'dense', units: 10, name: `${long}_too` },
        ],
      },
    ];
    const { stdout } = await nnHere(['summary', smokeConfig, ...set({ model: named })]);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    const [first] = stdout.split('\n\n');
    const pieces = first!
      .split('\n')
      .slice(1)
      .map((line) => line.slice(0, 30).trim().split(/  +/)[0]);
    expect(pieces.join('')).toBe(`${long}${long}${long}_too`);
  });

  it('is resumed from names with dots to the same bits', async () => {
    const [whole, halves] = [join(folder, 'whole'), join(folder, 'halves')];
    await trainHere(whole, ...settings);
    await trainHere(halves, ...settings, ...set({ 'train.epochs': 1 }));
    await resumeHere(halves, ...set({ 'train.epochs': 2 }));
    expect(lastBytes(halves)).toBe(lastBytes(whole));
    expect(timelessRows(halves).filter(({ kind }) => kind === 'epoch')).toEqual(
      timelessRows(whole).filter(({ kind }) => kind === 'epoch'),
    );
    const { tensors } = loadCheckpoint(runPaths(whole).lastCheckpoint);
    expect([...tensors.keys()]).toContain('repeat_1.1.residual_1.batch_norm_1/running_mean');
    expect([...tensors.keys()].filter((name) => name.startsWith('head.a/'))).toEqual([]);
    expect(await evaluateHere(whole)).toMatchObject({ records: 200 });
  });

  it('tells which of its layers a loss that is not finite comes from', async () => {
    const broken = model.map((layer) =>
      layer.type === 'repeat'
        ? {
            ...layer,
            layers: [{ type: 'residual', layers: [conv({ kernel_initializer: { type: 'constant', value: 1e38 } }), conv()] }],
          }
        : layer,
    );
    const { code, stderr } = await nnHere([
      'train',
      smokeConfig,
      '--device',
      'cpu',
      '--run',
      join(folder, 'broken'),
      ...set({ blocks, model: broken }),
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/layer "repeat_1\.0\.residual_1\.conv2d_[12]" \(its output holds (NaN|infinity)\)/);
  });
});
