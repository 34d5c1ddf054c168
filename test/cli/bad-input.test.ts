import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runPaths } from '../../src/files/run-folder.js';
import { type Outcome, nn, nnOk, project, set, smokeConfig, trainSmoke } from './nn.js';
import { nnHere } from './in-process.js';
import { sharedFolder } from './runs.js';

const folder = sharedFolder();
const runs = join(folder, 'runs');
const smoke = (file: string): string => join(project, 'data/smoke', file);

/** Writes a config, which is JSON where it is no text: every JSON text is YAML. */
function written(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const base = {
  version: 1,
  name: 'bad',
  data: {
    dataset: {
      type: 'idx',
      train_images: smoke('train-images.idx.gz'),
      train_labels: smoke('train-labels.idx.gz'),
      test_images: smoke('test-images.idx.gz'),
      test_labels: smoke('test-labels.idx.gz'),
    },
  },
  model: [{ type: 'flatten' }, { type: 'dense', units: 10 }],
  loss: 'cross_entropy',
};
const withModel = (...model: unknown[]): unknown => ({ ...base, model });
const withData = (dataset: object): unknown => ({ ...base, data: { dataset: { ...base.data.dataset, ...dataset } } });

/** What every refusal has in common: a code, no result, nothing of a stack, and nothing left behind. */
async function refused(code: 1 | 2, ...args: string[]): Promise<string> {
  const outcome = await nnHere(['train', ...args, '--runs', runs]);
  expect(outcome).toMatchObject({ code, signal: null, stdout: '' });
  expect(outcome.stderr).not.toMatch(/^\s+at |node:internal|defect of nn|\[object |undefined/m);
  expect(existsSync(runs), 'a run folder was made').toBe(false);
  return outcome.stderr.replaceAll(`${folder}/`, '').replace(/^device: cpu.*\n/, '');
}

describe('a config that cannot be read', () => {
  it.each<[string, unknown, string]>([
    ['is not YAML', 'version: 1\nname: [a, b\n', 'c.yaml:2:12: not valid YAML: '],
    ['has tabs', 'version: 1\ndata:\n\tbatch_size: 3\n', 'c.yaml:3:1: a tab cannot indent YAML; use spaces\n'],
    ['has a key twice', `name: a\nname: b\n${JSON.stringify(base).slice(1, -1)}`, 'c.yaml:2:1: duplicate key "name"; keep one'],
    ['is empty', '', 'c.yaml: is empty; a config starts with `version: 1`\n'],
    ['is a list', '- 1\n- 2\n', 'c.yaml:1:1: a config is a map of keys and values, found a list of 2'],
    [
      'is a bomb of anchors',
      `a: &a [x, x]\n${'bcdefghijklmnopqrstuvwxyz'
        .split('')
        .map((key, i) => `${key}: &${key} [${`*${'abcdefghijklmnopqrstuvwxyz'[i]}, `.repeat(9)}x]\n`)
        .join('')}`,
      'c.yaml:5:16: aliases stand for more than 10000 values; write the values out\n',
    ],
  ])('as it %s', async (_, text, start) => {
    const path = written('c.yaml', text);
    const stderr = await refused(2, path);
    expect(stderr.startsWith(start), stderr).toBe(true);
    expect(stderr.length).toBeLessThan(5000);
  });

  it('as there is none, or it is a folder', async () => {
    expect(await refused(2, join(folder, 'none.yaml'))).toBe('none.yaml: there is no such file\n');
    expect(await refused(2, `${folder}/`)).toContain('is a folder; name the YAML file in it\n');
    expect(await refused(2)).toBe('error: no config file is given\nhint: nn train CONFIG, or nn train --resume RUN\n');
  });
});

describe('a config that makes no sense', () => {
  it.each<[string, unknown, string]>([
    ['an unknown key', { ...base, train: { epoch: 3 } }, 'train: unknown key "epoch"; did you mean "epochs"?'],
    ['a wrong type', { ...base, train: { epochs: '3' } }, 'train.epochs: expected a whole number, found the string "3"'],
    ['no layers', withModel(), 'model: expected at least 1 item, found an empty list'],
    [
      'a kernel larger than its input',
      withModel({ type: 'conv2d', filters: 2, kernel_size: 29 }, { type: 'flatten' }, { type: 'dense', units: 10 }),
      'model.0: layer "conv2d_1" (conv2d) cannot take its input: a window of height 29 does not fit into an input of height 28',
    ],
    [
      'a cycle',
      withModel(
        { type: 'flatten' },
        { type: 'dense', name: 'a', units: 10, inputs: 'b' },
        { type: 'dense', name: 'b', units: 10, inputs: 'a' },
      ),
      'model.1: layers read each other in a circle: a <- b <- a',
    ],
    [
      'two layers of one name',
      withModel({ type: 'flatten' }, { type: 'dense', name: 'a', units: 10 }, { type: 'dense', name: 'a', units: 10 }),
      'model.2.name: two layers are named "a"; layer names must differ',
    ],
    [
      'a batch larger than the data set',
      { ...base, data: { ...base.data, batch_size: 601 } },
      'a batch of 601 is larger than the 600 training records',
    ],
    [
      'a last batch of one record where records are compared',
      {
        ...base,
        data: { ...base.data, batch_size: 599 },
        model: [{ type: 'flatten' }, { type: 'batch_norm' }, { type: 'dense', units: 10 }],
      },
      'model.1: layer "batch_norm_1" (batch_norm) cannot take its input: in a batch of 1 record each channel has one value',
    ],
    ['nothing left to train on', { ...base, data: { ...base.data, validation: 600 } }, '600 records cannot be held out of 600'],
    [
      'a fraction that is less than a record',
      { ...base, data: { ...base.data, validation: 0.0001 } },
      'data.validation: 0.0001 of 600 records is less than one',
    ],
    [
      'a warm-up longer than the run',
      { ...base, schedule: { type: 'cosine', warmup_epochs: 1.5 }, train: { epochs: 1 } },
      'schedule.warmup_epochs: 1.5 epochs (29 steps) is longer than the 19 steps that the run has; shorten it, or train for more epochs',
    ],
    [
      'milestones beyond the run',
      { ...base, schedule: { type: 'multi_step', milestones: [1, 2, 3] }, train: { epochs: 2 } },
      'schedule.milestones.1: nothing is trained after epoch 2: the run ends after epoch 2; take an earlier milestone, or train for more',
    ],
    [
      'a cycle longer than what the warm-up leaves',
      { ...base, schedule: { type: 'cosine_restarts', first_cycle_epochs: 2, warmup_steps: 3 }, train: { epochs: 2 } },
      'schedule.first_cycle_epochs: 2 epochs (38 steps) is longer than the 35 steps that are left of the run after a warm-up of 3',
    ],
    [
      'a metric that a schedule follows and nothing measures',
      { ...base, schedule: 'reduce_on_plateau' },
      'schedule.monitor: "val_loss" needs validation records, and data.validation is 0; set data.validation, or use train_loss',
    ],
    ['a name that no folder can have', { ...base, name: 'bad.' }, 'and not ending with "."'],
    [
      'a metric that is not measured',
      { ...base, train: { best: 'val_acuracy' } },
      'train.best: the run has no metric "val_acuracy"; it has train_loss',
    ],
    [
      'a pattern that matches no parameter',
      { ...base, optimizer: { type: 'sgd', groups: [{ match: '*/bais', weight_decay: 0 }] } },
      'optimizer.groups.0.match: no parameter matches "*/bais"; did you mean "*/bias"?',
    ],
    [
      'an option that the optimizer has not, in a group',
      { ...base, optimizer: { type: 'adam', groups: [{ match: '*', momentum: 0.5 }] } },
      'optimizer.groups.0: unknown key "momentum"; valid keys: match, trainable, learning_rate_multiplier, beta_1, ',
    ],
    [
      'nothing that is trained',
      withModel({ type: 'flatten' }, { type: 'dense', units: 10, trainable: false }),
      'model.1.trainable: no parameter is left to train: all 2 are frozen; ',
    ],
    [
      'a bound of 0',
      { ...base, optimizer: { type: 'sgd', clip: { type: 'norm', max: 0 } } },
      'optimizer.clip.max: must be above 0',
    ],
    [
      'a bound of nothing known',
      { ...base, optimizer: { type: 'sgd', clip: { type: 'globalnorm', max: 1 } } },
      'optimizer.clip.type: unknown name "globalnorm"; did you mean "global_norm"?',
    ],
    [
      'a class that there is not',
      { ...base, metrics: [{ type: 'f1', per_class: true }], expect: { test_f1_9: { min: 0 }, test_f1_10: { min: 0 } } },
      'expect.test_f1_10: the run has no metric "test_f1_10"; did you mean "test_f1_0"?',
    ],
    [
      'a result of classes that is not asked for',
      { ...base, metrics: ['f1'], train: { best: 'train_f1_3' } },
      'train.best: the run has no metric "train_f1_3"; did you mean "train_f1"?',
    ],
    ['a loss for numbers', { ...base, loss: 'mse' }, 'loss: mse compares numbers, but the target is classes, 10 of them'],
  ])('for %s', async (_, config, message) => {
    const stderr = await refused(2, written('c.yaml', config), '--device', 'cpu');
    expect(stderr).toMatch(/^c\.yaml:1:\d+/);
    expect(stderr).toContain(message);
  });

  it('and tells all errors at once', async () => {
    const stderr = await refused(2, written('c.yaml', { ...base, loss: 'cros_entropy', seed: -1, metrics: ['accurcy'] }));
    expect(stderr.match(/^c\.yaml:1:\d+ /gm)?.length).toBe(3);
    expect(stderr).toContain('3 errors in c.yaml\n');
  });

  it('and tells all errors of the graph at once, each with its line', async () => {
    const layers = ['{ type: flatten, name: a }', '{ type: dense, units: 10, name: a }', '{ type: dense, units: 10, inputs: b }'];
    const text = `${JSON.stringify({ ...base, model: 0 })
      .slice(1, -1)
      .replace('"model":0', `"model": [\n${layers.join(',\n')}]`)}`;
    const stderr = await refused(2, written('c.yaml', `{${text}}`), '--device', 'cpu');
    expect(stderr).toMatch(/^c\.yaml:3:\d+ model\.1\.name: two layers are named "a"; layer names must differ$/m);
    expect(stderr).toMatch(/^c\.yaml:4:\d+ model\.2\.inputs: there is no layer named "b"; layers: input, a, dense_1$/m);
    expect(stderr).toContain('2 errors in c.yaml\n');
  });
});

describe('a command line that makes no sense', () => {
  it.each<[string[], string]>([
    [['--set', 'foo'], '--set foo: expected a path, "=" and a value; for example --set train.epochs=20\n'],
    [['--set', '=3'], '--set =3: expected a path, "=" and a value; for example --set train.epochs=20\n'],
    [['--set', 'train.epoch=3'], '--set train.epoch=3 train: unknown key "epoch"; did you mean "epochs"?\n'],
    [['--set', 'model.9.units=3'], '--set model.9.units=3 model: there is no item "9": the 4 items are 0 to 3\n'],
    [['--set', 'train.epochs=[1'], '--set train.epochs=[1: not valid YAML: '],
    [['--threads', '0'], "error: option '--threads <n>' argument '0' is invalid. It must be a whole number of at least 1.\n"],
    [['--threads', 'two'], "error: option '--threads <n>' argument 'two' is invalid. It must be a whole number of at least 1.\n"],
    [['--threads', '257', '--device', 'cpu'], 'error: the number of threads must be a whole number from 1 to 256, not 257\n'],
    [['--device', 'tpu'], 'error: there is no device "tpu"\nhint: devices: auto, cpu, gpu, gpu-gl, gpujs-cpu, gpujs-webasm\n'],
    [['--limit-batches', '0'], "error: option '--limit-batches <n>' argument '0' is invalid."],
    [['--epoch', '3'], "error: unknown option '--epoch'\n(nn train --help lists what it takes)\n"],
    [['more.yaml'], 'error: too many arguments'],
  ])('%j', async (flags, start) => {
    const stderr = await refused(2, smokeConfig, ...flags);
    expect(stderr.startsWith(start), stderr).toBe(true);
  });

  it('a command that does not exist, or none', async () => {
    const misspelt = await nnHere(['trian', smokeConfig]);
    expect(misspelt).toMatchObject({ code: 2, stdout: '' });
    expect(misspelt.stderr).toBe("error: unknown command 'trian'\n(Did you mean train?)\n(nn --help lists what there is)\n");
    expect(await nnHere([])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('data that is wrong', () => {
  const idx = (lengths: number[], length: number, { value = 1, magic = 8 } = {}): Buffer => {
    const header = Buffer.alloc(4 + 4 * lengths.length);
    header.writeUInt8(magic, 2);
    header.writeUInt8(lengths.length, 3);
    lengths.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
    return Buffer.concat([header, Buffer.alloc(length, value)]);
  };

  it.each<[string, 1 | 2, () => object, string]>([
    ['a missing file', 2, () => ({ train_images: 'none.idx' }), 'none.idx: cannot be read: there is no such file\n'],
    [
      'a file cut short',
      1,
      () => ({ train_images: file('short.idx', idx([600, 28, 28], 1000)) }),
      'short.idx: cut short: found 1016 bytes, expected 470416 (600 × 28 × 28)\n',
    ],
    [
      'no IDX file',
      1,
      () => ({ train_images: file('magic.idx', idx([600, 28, 28], 600 * 784, { magic: 77 })) }),
      'magic.idx: this file is not an IDX file: found 00 00 4d 03, expected 00 00 08 and the rank\n',
    ],
    [
      'counts that differ',
      1,
      () => ({ train_labels: file('labels.idx', idx([599], 599)) }),
      'train-images.idx.gz has 600 images, but labels.idx has 599 labels\n',
    ],
    [
      'labels outside the classes',
      1,
      () => ({ train_labels: file('labels.idx', idx([600], 600, { value: 12 })) }),
      'labels.idx: ',
    ],
    [
      'a wrong checksum',
      1,
      () => ({ checksums: { test_labels: '0'.repeat(32) } }),
      'test-labels.idx.gz: wrong checksum: MD5 of ',
    ],
  ])('for %s', async (_, code, dataset, message) => {
    const stderr = await refused(code, written('c.yaml', withData(dataset())), '--device', 'cpu');
    expect(stderr).toMatch(/^error: .+\nhint: .+\n$/);
    expect(stderr).toContain(message);
  });

  it('for a named data set in a folder that lacks it: which files are missing, and where to put them', async () => {
    mkdirSync(join(folder, 'empty'));
    const config = { ...base, data: { dataset: { type: 'mnist', folder: 'empty' } } };
    const stderr = await refused(2, written('c.yaml', config), '--device', 'cpu');
    expect(stderr).toMatch(/^error: empty: expected the 4 files of MNIST, but train-images-idx3-ubyte, .* not found\n/);
    expect(stderr).toMatch(/^hint: Put train-images-idx3-ubyte, .* into \S*empty\./m);
  });

  function file(name: string, content: Buffer): string {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  }
});

describe('a device that is not there', () => {
  it.skipIf(process.platform !== 'linux')('is named with what it lacks, and no other is taken', async () => {
    // No Vulkan driver is found by this path, whatever the machine has.
    const env = { VK_DRIVER_FILES: '/none', VK_ICD_FILENAMES: '/none' };
    const { code, stdout, stderr } = await nn(['train', smokeConfig, '--device', 'gpu', '--runs', runs], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: no GPU adapter: WebGPU (needs|found) .*\nhint: use --device cpu, or .*\n$/);
    expect(existsSync(runs)).toBe(false);
  });
});

describe('a folder for the run', () => {
  it('is never overwritten', async () => {
    const run = join(folder, 'taken');
    mkdirSync(run);
    writeFileSync(join(run, 'mine.txt'), 'mine');
    const { code, stdout, stderr } = await nn(trainSmoke(run));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`error: ${run} exists already, and a folder is never overwritten\n`);
    expect(readdirSync(run)).toEqual(['mine.txt']);
  });

  it.skipIf(process.platform !== 'linux').each(['/proc/run', '/dev/null/run'])('that cannot be made: %s', async (run) => {
    const { code, stdout, stderr } = await nn(trainSmoke(run));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`error: cannot create the run folder ${run}: `);
  });
});

describe('nn eval', { timeout: 60_000 }, () => {
  const run = join(folder, 'evaluated');
  const evaluated = (target: string, ...flags: string[]): Promise<Outcome> =>
    nnHere(['eval', target, '--device', 'cpu', ...flags]);

  beforeAll(() => nnOk(trainSmoke(run, ...set({ 'train.epochs': 1, expect: {} }))).then(() => undefined));

  it('refuses a checkpoint that lies in no run, and what does not exist', async () => {
    const stray = join(folder, 'stray.safetensors');
    writeFileSync(stray, readFileSync(runPaths(run).lastCheckpoint));
    expect(await evaluated(stray)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: `error: ${stray} lies in no run, so its config is not known\nhint: name it where training wrote it: RUN/checkpoints/best.safetensors\n`,
    });
    for (const target of [join(folder, 'none'), join(folder, 'none.safetensors'), 'configs']) {
      const { code, stdout, stderr } = await evaluated(target);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^error: .+\nhint: .+\n$/);
    }
    expect((await evaluated(smokeConfig, '--runs', join(folder, 'no-runs'))).stderr).toBe(
      `error: ${smokeConfig} has no run in ${join(folder, 'no-runs')} yet\nhint: train it first: nn train ${smokeConfig}\n`,
    );
    expect((await evaluated(run, '--checkpoint', 'first')).code).toBe(2);
  });

  it('tells of a checkpoint that is cut short, altered, of another model, or gone', async () => {
    const { bestCheckpoint: best } = runPaths(run);
    const bytes = readFileSync(best);
    const errorFor = async (content: Buffer, ...flags: string[]): Promise<string> => {
      writeFileSync(best, content);
      const { code, stdout, stderr } = await evaluated(run, ...flags);
      expect({ code: code === 0, stdout }).toEqual({ code: false, stdout: '' });
      return stderr;
    };
    expect(await errorFor(bytes.subarray(0, 1000))).toMatch(/^error: .*best\.safetensors.*\nhint: .*\n$/);
    const altered = Buffer.from(bytes);
    altered[bytes.length - 9]! ^= 64;
    expect(await errorFor(altered)).toMatch(/^error: \S+best\.safetensors was altered or damaged after it was saved/);
    expect(await errorFor(bytes, ...set({ 'model.2.units': 16 }))).toMatch(
      /^error: \S+ is a checkpoint of another model: "dense_1\/kernel" is \[1352, 32\] in it, and \[1352, 16\] in the model\n/,
    );
    expect(await errorFor(Buffer.from('not a checkpoint'))).toMatch(/^error: .*best\.safetensors.*\nhint: .*\n$/);
    rmSync(best);
    expect((await evaluated(run)).stderr).toBe(
      `error: ${run} has no best checkpoint: ${best} does not exist\nhint: --checkpoint last takes the other one\n`,
    );
    const { lastCheckpoint: last } = runPaths(run);
    const kept = readFileSync(last);
    rmSync(last);
    expect((await evaluated(run)).stderr).toMatch(
      /has no best checkpoint: .*\nhint: it has none at all: it was stopped before it saved one; /,
    );
    writeFileSync(last, kept);
    writeFileSync(best, bytes);
    expect((await evaluated(run)).code).toBe(0);
  });
});
