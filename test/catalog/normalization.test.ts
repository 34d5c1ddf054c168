import { describe, expect, it } from 'vitest';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { fitModel, trainingProgram } from '../../src/graph/programs.js';
import { size } from '../../src/shape.js';
import { dataOf, experiment } from '../graph/experiment.js';
import { normal, runProgram } from '../ops/run-program.js';
import { layerProgram } from './layer-program.js';

const types = ['batch_norm', 'layer_norm', 'group_norm'];
const layerOf = (type: string): { type: string } & Record<string, unknown> => ({
  type,
  ...(type === 'group_norm' ? { groups: 2 } : {}),
});

describe('normalising layers', () => {
  it.each(types)('%s keeps its precision where the mean is far larger than the deviation', async (type) => {
    const shape = [4, 8, 8, 6];
    const offset = 3000;
    const x = normal(shape, 3).values.map((v) => v + offset);
    const { program } = layerProgram({ ...layerOf(type), epsilon: 1e-12 }, [shape]);
    const session = await new CpuBackend({ threads: 1 }).open({ run: program });
    const ones = new Float32Array(6).fill(1);
    await session.writeState('layer/gamma', ones);
    const inputs = { x0: Float32Array.from(x), weights: new Float32Array(x.length) };
    await session.executable('run').run(new Map(Object.entries(inputs)));
    const y = [...(await session.executable('run').read('output'))];
    await session.dispose();
    // Rounded to float32 the input has errors of 1e-4 as it is; squares less the square of the mean would have one of about 1.
    const [mean, square] = [y.reduce((s, v) => s + v, 0) / y.length, y.reduce((s, v) => s + v * v, 0) / y.length];
    expect(Math.abs(mean)).toBeLessThan(1e-3);
    expect(Math.abs(square - 1)).toBeLessThan(1e-3);
  });

  it('batch_norm goes over its input twice to sum, and twice over the incoming gradient', () => {
    const shape = [4, 6, 6, 3];
    const { program } = layerProgram({ type: 'batch_norm' }, [shape], { inputGradients: true, parameterGradients: true });
    const sums = program.ops.filter((op) => op.scope === 'layer' && op.attributes.kind === 'reduce');
    expect(sums.map((op) => `${op.phase} ${size(program.shapes[op.inputs[0]!]!)}`)).toEqual([
      'forward 432',
      'forward 432',
      'gradient 432',
      'gradient 432',
    ]);
  });

  it('batch_norm is not trained by and does not touch statistics in evaluation', () => {
    const { program } = layerProgram({ type: 'batch_norm' }, [[3, 2]], { training: false });
    expect([...program.updates.keys()]).toEqual([]);
    expect([...layerProgram({ type: 'batch_norm' }, [[3, 2]]).program.updates.keys()]).toEqual([
      'layer/running_mean',
      'layer/running_variance',
    ]);
  });

  it('batch_norm follows the steps alone that count, whatever the padding holds', () => {
    const lengths = [3, 1, 0];
    const mask = lengths.flatMap((length) => [0, 1, 2].map((step) => Number(step < length)));
    const values = normal([4, 2], 3).values;
    let next = 0;
    const padded = mask.flatMap((counts) => (counts === 1 ? values.slice(2 * next, 2 * ++next) : [Infinity, 1e30]));
    const run = (shape: number[], inputs: Record<string, number[]>, masked: boolean) => {
      const { program } = layerProgram({ type: 'batch_norm' }, [shape], { masked });
      const state = {
        'layer/gamma': [1, 1],
        'layer/beta': [0, 0],
        'layer/running_mean': [0.5, -1],
        'layer/running_variance': [2, 3],
      };
      return runProgram(program, { ...inputs, weights: new Array<number>(18).fill(0) }, state);
    };
    const alone = run([4, 2], { x0: values }, false);
    const among = run([3, 3, 2], { x0: padded, mask }, true);
    for (const name of ['layer/running_mean', 'layer/running_variance']) {
      among.state(name).forEach((value, i) => expect(value).toBeCloseTo(alone.state(name)[i]!, 14));
    }
    const counted = among.output('output').filter((_, i) => mask[Math.floor(i / 2)] === 1);
    counted.forEach((value, i) => expect(value).toBeCloseTo(alone.output('output')[i]!, 14));
  });

  it('refuse what does not fit', () => {
    const dense = { type: 'dense', units: 10 };
    const fit = (...layers: object[]) => fitModel(experiment([...layers, dense]), dataOf([6]));
    expect(() => fit({ type: 'group_norm', groups: 4 })).toThrow('groups: 4 must divide the 6 input channels');
    const model = fit({ type: 'batch_norm' });
    expect(() => trainingProgram(model, 1)).toThrow('in a batch of 1 record each channel has one value');
    expect(() => trainingProgram(model, 2)).not.toThrow();
    expect(() => layerProgram(layerOf('group_norm'), [[2, 3, 4]], { masked: true })).toThrow('padded steps');
  });
});
