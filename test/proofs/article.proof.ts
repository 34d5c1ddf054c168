import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CpuBackend, type CpuOptions } from '../../src/backends/cpu/cpu.js';
import { BatchSource } from '../../src/data/batches.js';
import { transforms } from '../../src/catalog/transforms/index.js';
import { fieldsOf } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import type { DatasetContext, LoadedDataset } from '../../src/catalog/dataset.js';
import { saveCheckpoint, type Tensor } from '../../src/files/checkpoint.js';
import { readSafetensors } from '../../src/files/safetensors.js';
import { initialValues } from '../../src/graph/model.js';
import { type Model, fitModel, inspectionProgram, names, trainingProgram } from '../../src/graph/programs.js';
import { loadExperiment } from '../../src/spec/load.js';

const steps = 100;
const batch = 64;
const python = process.env.NN_PYTHON;

/**
 * The network of mnist-article.yaml without dropout, from one set of initial weights and over the same batches, in PyTorch and here:
 * the losses of 100 steps and the gradients of the first.
 */
describe.skipIf(python === undefined)(
  `the article's network against PyTorch${python === undefined ? ' (NN_PYTHON is not set)' : ''}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'nn-article-'));
    const context: DatasetContext = { folder: process.cwd(), cache: folder, log: () => undefined };
    let model: Model;
    let dataset: LoadedDataset;
    const expected = new Map<string, ReadonlyMap<string, Tensor>>();

    beforeAll(async () => {
      const { experiment } = loadExperiment('configs/mnist-article.yaml');
      const layers = experiment.model.filter(({ type }) => type !== 'dropout');
      const chosen = experiment.data.dataset;
      dataset = await datasets.get(chosen.type).load(chosen, context);
      model = fitModel({ ...experiment, model: layers }, dataset.info);
      const tensors = new Map(model.parameters.map((p) => [p.name, { shape: [...p.shape], data: initialValues(p, 1) }]));
      saveCheckpoint(join(folder, 'weights.safetensors'), { tensors, metadata: {} });
      for (const [precision, count] of [
        ['float32', steps],
        ['float64', 1],
      ] as const) {
        const out = join(folder, `${precision}.safetensors`);
        const script = [
          'test/oracle/article.py',
          join(folder, 'weights.safetensors'),
          out,
          '--steps',
          String(count),
          '--threads',
          '2',
        ];
        execFileSync(python!, [...script, ...(precision === 'float64' ? ['--float64'] : [])], {
          stdio: ['ignore', 'ignore', 'inherit'],
        });
        expected.set(precision, readSafetensors(out).tensors);
      }
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    const builds: CpuOptions[] = [{ build: 'relaxed' }, { build: 'plain' }];
    for (const options of builds) {
      it(`gives the same losses and gradients with the ${options.build} kernels`, async () => {
        const { experiment, info } = model;
        const source = new BatchSource({
          records: dataset.train,
          indices: Uint32Array.from({ length: steps * batch }, (_, i) => i),
          fields: fieldsOf(info),
          changes: {
            input: {
              transforms: experiment.data.transforms.map((t) => transforms.get(t.type).create(t, info.inputs.input!.shape)),
            },
          },
          batchSize: batch,
        });
        const session = await new CpuBackend(options).open({
          inspect: inspectionProgram(model, batch, true),
          train: trainingProgram(model, batch),
        });
        for (const parameter of model.parameters) await session.writeState(parameter.name, initialValues(parameter, 1));
        const inputsOf = async (step: number): Promise<Map<string, Float32Array>> => {
          return new Map([
            ...(await source.batch(0, step)).values,
            [names.scalar('learning_rate'), Float32Array.of(experiment.optimizer.learning_rate as number)],
          ]);
        };

        await session.executable('inspect').run(await inputsOf(0));
        const worst: Record<string, number> = {};
        for (const [precision, tensors] of expected) {
          const errors = model.parameters.map(async ({ name }) =>
            errorOf(await session.executable('inspect').read(names.gradient(name)), tensors.get(`gradient/${name}`)!.data),
          );
          worst[precision] = Math.max(...(await Promise.all(errors)));
        }
        let worstLoss = 0;
        for (let step = 0; step < steps; step++) {
          await session.executable('train').run(await inputsOf(step));
          const loss = (await session.executable('train').read(names.loss))[0]!;
          const theirs = expected.get('float32')!.get('losses')!.data[step]!;
          worstLoss = Math.max(worstLoss, Math.abs(loss - theirs) / theirs);
        }
        await session.dispose();
        const digits = (error: number): string => error.toExponential(1);
        console.log(
          `${options.build} kernels: losses of ${steps} steps within ${digits(worstLoss)} of PyTorch's float32; gradients within ` +
            `${digits(worst.float64!)} of the largest of its float64, ${digits(worst.float32!)} of its float32`,
        );
        expect(worstLoss).toBeLessThan(1e-4);
        // Where two values of a pooling window are equal but for rounding, another one wins and the gradient with it, in any float32: of
        // six seeds that happened with one. With this seed no such pair matters.
        expect(worst.float64).toBeLessThan(1e-4);
        expect(worst.float32).toBeLessThan(1e-4);
      });
    }
  },
);

/** The largest difference, over the largest value expected. */
function errorOf(actual: Float32Array, expected: Float32Array): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0) / largest;
}
