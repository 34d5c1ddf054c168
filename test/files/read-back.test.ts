/** What the reference libraries make of our files. Set NN_PYTHON to a Python that has tensorboard and safetensors. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { saveCheckpoint } from '../../src/files/checkpoint.js';
import { EventLog } from '../../src/files/event-log.js';
import { createRun } from '../../src/files/run-folder.js';
import { temporaryFolder } from './temporary-folder.js';

const python = process.env['NN_PYTHON'];

it('TensorBoard and safetensors read a resumed run', { timeout: 120_000 }, (context) => {
  if (python === undefined) return context.skip('NN_PYTHON names no Python with tensorboard and safetensors');
  const { folder, paths } = createRun({ root: temporaryFolder(), name: 'a' });
  const first = new EventLog(folder);
  // Logged up to step 7, but the last checkpoint is from step 4.
  for (let step = 1; step <= 7; step++) first.scalars({ 'loss/train': step / 2, accuracy: 1 }, step);
  first.close();
  const second = new EventLog(folder, { startStep: 5 });
  for (const step of [5, 6]) second.scalar('loss/train', -step, step);
  second.close();
  saveCheckpoint(paths.lastCheckpoint, {
    tensors: new Map([
      ['dense.kernel', { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4.5) }],
      ['step', { shape: [], data: Float32Array.of(4) }],
      ['empty', { shape: [3, 0], data: new Float32Array(0) }],
    ]),
    metadata: { step: 4 },
  });
  const script = new URL('read_back.py', import.meta.url).pathname;
  const output = execFileSync(python, [script, folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  expect(JSON.parse(output)).toEqual({
    scalars: {
      'loss/train': [
        [1, 0.5],
        [2, 1],
        [3, 1.5],
        [4, 2],
        [5, -5],
        [6, -6],
      ],
      accuracy: [
        [1, 1],
        [2, 1],
        [3, 1],
        [4, 1],
      ],
    },
    tensors: {
      'dense.kernel': { shape: [2, 2], sum: 10.5 },
      step: { shape: [], sum: 4 },
      empty: { shape: [3, 0], sum: 0 },
    },
  });
});
