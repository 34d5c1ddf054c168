import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { RecordAugmentation } from '../../../src/catalog/augmentation.js';
import { augmentations } from '../../../src/catalog/augmentations/index.js';
import { DatasetError } from '../../../src/data/dataset-error.js';
import type { Field } from '../../../src/data/field.js';
import { resample } from '../../../src/data/sound/resample.js';
import { RandomStream } from '../../../src/random.js';
import { loadExperiment } from '../../../src/spec/load.js';
import { openParts } from '../../../src/train/batch-loader.js';
import { openPlan } from '../../../src/train/batch-plan.js';
import { prepareModel } from '../../../src/train/prepare.js';
import { datasetContext } from '../../../src/train/run.js';
import { loadSources, closeSources, planData } from '../../../src/train/sources.js';
import { temporaryFolder, userError } from '../idx-files.js';
import { writeWav } from './wav-files.js';

const folder = temporaryFolder();
const definition = augmentations.get('background_noise') as RecordAugmentation;
const parse = (options: object) => definition.options.parse({ path: 'noises/*.wav', ...options });
const field: Field = { kind: 'number', shape: [400], sampleRate: 8000 };

/** Noise that is another at each place. */
const noise = (length: number, seed: number): number[] => {
  const random = new RandomStream(seed);
  return Array.from({ length }, () => Math.fround(random.between(-0.5, 0.5)));
};
const long = noise(2000, 1);
const short = noise(150, 2);
mkdirSync(join(folder, 'noises'));
writeWav(join(folder, 'noises', 'long.wav'), long, { encoding: 'f32' });
writeWav(join(folder, 'noises', 'short.wav'), short, { encoding: 'f32' });

const power = (values: readonly number[]): number => values.reduce((sum, value) => sum + value * value, 0) / values.length;
const correlation = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0) / (a.length * Math.sqrt(power(a) * power(b)));

describe('background noise', () => {
  it('is a stretch of one of the recordings, as loud as is asked for', async () => {
    const options = parse({ snr: [3, 9] });
    const { value, provenance } = await definition.load!(options, field, folder);
    expect(provenance.map(({ file }) => file)).toEqual(['long.wav', 'short.wav'].map((name) => join(folder, 'noises', name)));
    const change = definition.create(options, field, value);
    const record = Float32Array.from({ length: 400 }, (_, i) => 0.3 * Math.sin(i / 5));
    const [found, ratios] = [new Set<string>(), [] as number[]];
    for (let seed = 0; seed < 60; seed++) {
      const after = record.slice();
      change(after, new RandomStream(seed));
      const added = Array.from(after, (value, i) => value - record[i]!);
      ratios.push(10 * Math.log10(power([...record]) / power(added)));
      // Where it is from: the only place that it is like.
      const places = [long, short].flatMap((whole, file) => {
        const starts = file === 0 ? whole.length - 400 + 1 : whole.length;
        return Array.from({ length: starts }, (_, start) => ({ file, start, whole }));
      });
      const like = places.filter(
        ({ whole, start }) =>
          correlation(
            added,
            added.map((_, n) => whole[(start + n) % whole.length]!),
          ) > 0.9999,
      );
      expect(like).toHaveLength(1);
      found.add(`${like[0]!.file}`);
    }
    expect([...found].sort()).toEqual(['0', '1']);
    expect(Math.min(...ratios)).toBeGreaterThan(2.999);
    expect(Math.max(...ratios)).toBeLessThan(9.001);
    expect(Math.max(...ratios) - Math.min(...ratios)).toBeGreaterThan(4);
  });

  it('leaves silence silent, changes nothing where the stretch is silent, and is the same in all channels', () => {
    const options = parse({});
    const loaded = { samples: Float32Array.of(...new Array<number>(400).fill(0), 0.5), starts: [0, 401] };
    const silent = new Float32Array(400);
    definition.create(options, field, { samples: Float32Array.from(long), starts: [0, 2000] })(silent, new RandomStream(1));
    expect(silent.every((value) => value === 0)).toBe(true);
    const record = Float32Array.from({ length: 400 }, (_, i) => Math.sin(i));
    const outcomes = [1, 2, 3, 4, 5, 6].map((seed) => {
      const after = record.slice();
      definition.create(options, field, loaded)(after, new RandomStream(seed));
      return after.filter((value, i) => value !== record[i]).length;
    });
    expect(new Set(outcomes)).toEqual(new Set([0, 1]));
    const stereo = Float32Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? 0.5 : -0.25));
    const both = stereo.slice();
    const two: Field = { kind: 'number', shape: [40, 2], sampleRate: 8000 };
    definition.create(parse({ snr: [6, 6] }), two, { samples: Float32Array.from(long), starts: [0, 2000] })(
      both,
      new RandomStream(1),
    );
    const added = Array.from(both, (value, i) => value - stereo[i]!);
    for (let n = 0; n < 40; n++) expect(added[2 * n]).toBeCloseTo(added[2 * n + 1]!, 6);
    expect(10 * Math.log10(power([...stereo]) / power(added))).toBeCloseTo(6, 4);
  });

  it('is brought to the sample rate of the sounds, and left as it is where they have none', async () => {
    const valueOf = async (of: Field) =>
      (await definition.load!(parse({ path: 'noises/long.wav' }), of, folder)).value as { samples: Float32Array };
    const slow = await valueOf({ ...field, sampleRate: 4000 });
    expect(slow.samples).toEqual(resample(Float32Array.from(long), 8000, 4000));
    expect(slow.samples.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect((await valueOf({ kind: 'number', shape: [400] })).samples).toEqual(Float32Array.from(long));
  });

  it('is refused where there is none, a file is no WAV file, or it is silent', async () => {
    writeFileSync(join(folder, 'text.wav'), 'no sound');
    writeWav(join(folder, 'silence.wav'), new Array<number>(500).fill(0));
    writeWav(join(folder, 'empty.wav'), []);
    const refusal = async (path: string): Promise<string> => {
      const error = await userError(async () => definition.load!(parse({ path }), field, folder));
      expect(error).toBeInstanceOf(DatasetError);
      return `${(error as DatasetError).path.join('.')}: ${error.message}`.replaceAll(`${folder}/`, '');
    };
    expect(await refusal('none.wav')).toBe('path: none.wav does not exist');
    expect(await refusal('noise/*.wav')).toBe('path: no file is named like noise/*.wav');
    expect(await refusal('text.wav')).toMatch(/^path: text\.wav is no WAV file/);
    expect(await refusal('silence.wav')).toBe('path: silence.wav is silent, and no noise');
    expect(await refusal('empty.wav')).toBe('path: empty.wav is silent, and no noise');
  });
});

/** A config of tones in two folders. */
function configWith(augment: string): string {
  for (const kind of ['low', 'high']) {
    mkdirSync(join(folder, 'tones', kind), { recursive: true });
    for (let i = 0; i < 12; i++) {
      const tone = Array.from({ length: 800 }, (_, n) => 0.5 * Math.sin(n * (kind === 'low' ? 0.2 : 1.5) + i));
      writeWav(join(folder, 'tones', kind, `${i}.wav`), tone);
    }
  }
  const path = join(folder, 'tones.yaml');
  const lines = [
    'version: 1',
    'name: tones',
    'data:',
    '  dataset: { type: audio, path: tones, duration: 0.1 }',
    '  batch_size: 8',
    '  workers: 2',
    '  augment:',
    `    - ${augment}`,
    'model: [{ type: dense, units: 2 }]',
    'loss: cross_entropy',
  ];
  writeFileSync(path, lines.join('\n'));
  return path;
}

async function planned(config: string) {
  const loaded = loadExperiment(config);
  const context = datasetContext(folder, () => undefined);
  const model = await prepareModel(loaded, context);
  return { loaded, context, model };
}

describe('training with background noise', () => {
  const close: (() => void)[] = [];
  afterEach(() => close.splice(0).forEach((end) => end()));

  it('has it in training records alone, another in each epoch, and the same bits for any number of threads', async () => {
    const { loaded, model, context } = await planned(configWith('{ type: background_noise, path: noises/*.wav }'));
    const { plans, provenance } = await planData(loaded, model, context);
    expect(provenance.map(({ file }) => file)).toContain(join(folder, 'noises', 'short.wav'));
    const single = openPlan(plans.train);
    const threads = openParts({ train: plans.train }, { workers: 2, prefetch: 3 }).train;
    close.push(() => threads.close());
    const epochs: string[] = [];
    for (let epoch = 0; epoch < 2; epoch++) {
      let all = '';
      for (let step = 0; step < single.stepsPerEpoch; step++) {
        const [one, other] = [await single.batch(epoch, step), await threads.batch(epoch, step)];
        expect([...other.values.get('input')!]).toEqual([...one.values.get('input')!]);
        all += one.values.get('input')!.join();
      }
      epochs.push(all);
    }
    expect(epochs[0]).not.toBe(epochs[1]);
    const test = openPlan(plans.test);
    expect(await test.batch(0, 0)).toEqual(await openPlan({ ...plans.test, augment: [] }).batch(0, 0));
  });

  it('says at its line what is wrong with the files, which evaluation does without', async () => {
    const { loaded, model, context } = await planned(configWith('{ type: background_noise, path: nothing.wav }'));
    const error = await userError(() => planData(loaded, model, context));
    expect(error.message.replaceAll(`${folder}/`, '')).toMatch(
      /^tones\.yaml:8:\d+ data\.augment\.0\.path: nothing\.wav does not exist/,
    );
    const { sources } = await loadSources(
      loaded,
      model,
      datasetContext(folder, () => undefined),
      'test',
    );
    close.push(() => closeSources(sources));
    expect((await sources.test.batch(0, 0)).size).toBeGreaterThan(0);
  });
});
