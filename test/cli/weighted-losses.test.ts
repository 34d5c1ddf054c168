import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateHere, nnHereOk, trainHere } from './in-process.js';
import { project, set } from './nn.js';
import { rowsOf, sharedFolder } from './runs.js';

const folder = sharedFolder();
const oneThread = ['--device', 'cpu', '--threads', '1'];
const flat = [
  { type: 'flatten', name: 'flat' },
  { type: 'dense', units: 10, name: 'one' },
];

/** The test loss of a run with batches of some sizes. */
async function losses(run: string, sizes: readonly number[]): Promise<Record<string, number>[]> {
  const found: Record<string, number>[] = [];
  for (const size of sizes) {
    const values = await evaluateHere(run, '--set', `data.batch_size=${size}`);
    found.push(
      Object.fromEntries(Object.entries(values).filter(([name]) => name.startsWith('test_loss'))) as Record<string, number>,
    );
  }
  return found;
}

function expectAlike([first, ...others]: readonly Record<string, number>[]): void {
  for (const one of others) {
    for (const [name, value] of Object.entries(first!)) expect(Math.abs(one[name]! / value - 1), name).toBeLessThan(1e-5);
  }
}

describe('the loss of a part is a mean over all that counts, whatever the batches', () => {
  it.each<[string, object]>([
    ['with weights of classes', { type: 'cross_entropy', class_weights: [5, 1, 1, 1, 0.1, 1, 1, 1, 1, 9] }],
    ['without a class', { type: 'cross_entropy', ignore_index: 3 }],
  ])('%s', async (name, loss) => {
    const run = join(folder, name.replaceAll(' ', '-'));
    await trainHere(run, '--quiet', ...set({ model: flat, loss, 'train.epochs': 1, expect: {} }));
    expectAlike(await losses(run, [200, 7, 32]));
  });

  it('of several losses with a penalty', async () => {
    const run = join(folder, 'several');
    const model = [...flat, { type: 'dense', units: 10, name: 'two', inputs: ['flat'] }];
    const loss = [
      { type: 'cross_entropy', output: 'one', ignore_index: 3, weight: 0.5 },
      { type: 'cross_entropy', output: 'two' },
    ];
    await trainHere(run, '--quiet', ...set({ model, loss, regularizer: { l2: 0.01 }, 'train.epochs': 1, expect: {} }));
    const [first, ...others] = await losses(run, [200, 7, 32]);
    expectAlike([first!, ...others]);
    const [ofOne, ofTwo] = [first!['test_loss_one']!, first!['test_loss_two']!];
    expect(first!['test_loss']).toBeGreaterThan(0.5 * ofOne + ofTwo);
    const [row] = rowsOf(run, 'epoch') as unknown as Record<string, number>[];
    expect(row!['train_loss']).toBeGreaterThan(0.5 * row!['train_loss_one']! + row!['train_loss_two']!);
  });

  it('over sequences with padding', { timeout: 60_000 }, async () => {
    const run = join(folder, 'padded');
    const few = { 'data.dataset': { type: 'dates', examples: 128 }, 'train.epochs': 1, schedule: 'constant', expect: {} };
    await nnHereOk(['train', join(project, 'configs/translate.yaml'), '--run', run, '--quiet', ...oneThread, ...set(few)]);
    expectAlike(await losses(run, [25, 4, 7]));
  });
});
