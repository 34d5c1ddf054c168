import { expect, it } from 'vitest';
import { loadExperiment } from '../../src/spec/load.js';
import { drawSamples } from '../../src/train/draw-samples.js';
import { prepareModel } from '../../src/train/prepare.js';
import { datasetContext } from '../../src/train/run.js';
import { planData } from '../../src/train/sources.js';
import { smokeConfig } from '../cli/nn.js';

it('records that are drawn are mixed with each other, as they are in training', async () => {
  const overrides = ['data.augment=[{type: mixup, alpha: 2}]', 'data.transforms=[]'];
  const loaded = loadExperiment(smokeConfig, { overrides });
  const context = datasetContext(loaded.folder, () => undefined);
  const data = await planData(loaded, await prepareModel(loaded, context), context);
  const samples = await drawSamples(data, 4, 2);
  expect(samples).toHaveLength(4);
  for (const [i, { stored, read }] of samples.entries()) {
    expect(stored.get('target')).toHaveLength(1);
    for (const epoch of read) {
      const [own, mixed] = [stored.get('input')!, epoch.get('input')!];
      const probabilities = epoch.get('target')!;
      expect(probabilities).toHaveLength(10);
      const share = probabilities[stored.get('target')![0]!]!;
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThan(1);
      const partner = samples.findIndex((other, j) => j !== i && probabilities[other.stored.get('target')![0]!]! > 0);
      const theirs = samples[partner]!.stored.get('input')!;
      const worst = Math.max(...mixed.map((value, k) => Math.abs(value - (share * own[k]! + (1 - share) * theirs[k]!))));
      expect(worst).toBeLessThan(1e-5);
    }
  }
});
