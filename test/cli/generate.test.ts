import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nnHere } from './in-process.js';
import { project, set, smokeConfig } from './nn.js';
import { sharedFolder } from './runs.js';

const folder = sharedFolder();
const [letters, dates, digits] = ['letters', 'dates', 'digits'].map((name) => join(folder, name)) as [string, string, string];

/** Each letter is followed by the next one: a model that has learnt it has to write it so. */
const alphabet = 'abcdefgh';

async function train(config: string, run: string, values: Record<string, unknown> = {}): Promise<void> {
  const args = ['train', config, '--run', run, '--device', 'cpu', '--threads', '1', '--quiet', ...set(values)];
  const { code, stderr } = await nnHere(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

const generate = (run: string, prompt: string, ...more: string[]) =>
  nnHere(['generate', run, '--prompt', prompt, '--device', 'cpu', '--threads', '1', ...more]);

/** What is written, by a command that must succeed. */
async function written(...args: Parameters<typeof generate>): Promise<string> {
  const { code, stdout, stderr } = await generate(...args, '--quiet');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

describe('nn generate', () => {
  beforeAll(async () => {
    const config = join(folder, 'letters.yaml');
    writeFileSync(join(folder, 'letters.txt'), alphabet.repeat(80));
    writeFileSync(
      config,
      `version: 1
name: letters
data: { dataset: { type: text, path: letters.txt, sequence_length: 8 }, batch_size: 8 }
model: [{ type: embedding, input_dim: 9, output_dim: 16 }, { type: dense, units: 9 }]
loss: cross_entropy
optimizer: { type: adam, learning_rate: 0.1 }
train: { epochs: 5 }
`,
    );
    await train(config, letters);
    const few = { 'data.dataset': { type: 'dates', examples: 64 }, 'train.epochs': 1, schedule: 'constant', expect: {} };
    await train(join(project, 'configs/translate.yaml'), dates, few);
    await train(smokeConfig, digits, {
      model: [{ type: 'flatten' }, { type: 'dense', units: 10 }],
      'train.epochs': 1,
      expect: {},
    });
  });

  it('goes on with a text as it has learnt, and says where it computes', async () => {
    const { code, stdout, stderr } = await generate(letters, 'fgh', '--length', '20', '--temperature', '0');
    expect({ code, stdout }).toEqual({ code: 0, stdout: `fgh${alphabet.repeat(3).slice(0, 20)}\n` });
    expect(stderr).toMatch(/^device: cpu/);
  });

  it.each([
    ['words', 'word', 'Two, THREE', 'Two, THREE four five, one two, three four'],
    ['pairs of bytes', 'bpe', 'öne two,', 'öne two, three four five, öne two, three four five'],
  ])('writes %s as it has learnt', async (_, tokenizer, prompt, expected) => {
    const config = join(folder, `${tokenizer}.yaml`);
    const run = join(folder, tokenizer);
    const counted = tokenizer === 'bpe' ? 'öne two, three four five, ' : 'one two, three four five, ';
    writeFileSync(join(folder, `${tokenizer}.txt`), counted.repeat(80));
    const size = tokenizer === 'bpe' ? 280 : 9;
    writeFileSync(
      config,
      `version: 1
name: counting
data:
  dataset: { type: text, path: ${tokenizer}.txt, tokenizer: ${tokenizer}, vocabulary_size: ${size}, sequence_length: 8 }
  batch_size: 4
model: [{ type: embedding, input_dim: ${size}, output_dim: 24 }, { type: lstm, units: 24, return_sequences: true }, { type: dense, units: ${size} }]
loss: cross_entropy
optimizer: { type: adam, learning_rate: 0.03 }
train: { epochs: 10 }
`,
    );
    await train(config, run);
    expect(await written(run, prompt, '--length', '20', '--temperature', '0')).toMatch(new RegExp(`^${expected}`));
  });

  it('takes a character that it does not know for any other', async () => {
    expect(await written(letters, '?c', '--length', '3', '--temperature', '0')).toBe('?cdef\n');
  });

  it.each([
    ['a text', letters, 'ab', 40, /^ab[a-h]{40}\n$/],
    ['an answer', dates, '3rd of March 1993', 8, /^[-\d]{0,8}\n$/],
  ])('writes %s, the same for the same seed and another for another', async (_, run, prompt, length, form) => {
    const withSeed = (seed: number): Promise<string> =>
      written(run, prompt, '--length', `${length}`, '--temperature', '9', '--seed', `${seed}`);
    const texts = [await withSeed(1), await withSeed(2), await withSeed(3)];
    for (const text of texts) expect(text).toMatch(form);
    expect(new Set(texts).size).toBe(3);
    expect(await withSeed(1)).toBe(texts[0]);
  });

  it('draws from the likeliest alone where it is told to', async () => {
    const surest = await written(letters, 'a', '--temperature', '0');
    for (const args of [
      ['--top-k', '1'],
      ['--top-p', '1e-9'],
    ]) {
      expect(await written(letters, 'a', '--temperature', '100', ...args)).toBe(surest);
    }
    expect(await written(letters, 'a', '--temperature', '100')).not.toBe(surest);
  });

  it.each<[string, string, string[], string]>([
    [
      'a run that holds no text',
      digits,
      [],
      'this model does not write text: its target is no sequence of characters or words\nhint: ',
    ],
    ['an empty prompt', letters, ['--prompt', ''], 'the prompt is empty, and the model needs something to go on with\nhint: '],
    [
      'a character unknown',
      dates,
      ['--prompt', '3 März'],
      '"ä" is no character that the model\'s source knows\nhint: it knows ,./0',
    ],
    ['a prompt too long', dates, ['--prompt', '1'.repeat(30)], 'the prompt has 30 characters, and the model reads 29'],
    ['no probability', letters, ['--top-p', '0'], "argument '0' is invalid. It must be above 0; --temperature 0 takes"],
    ['a probability above 1', letters, ['--top-p', '1.5'], "argument '1.5' is invalid. It must be a number from 0 to 1."],
    ['a temperature below 0', letters, ['--temperature', '-1'], "argument '-1' is invalid. It must be a number from 0 to 100."],
  ])('refuses %s', async (_, run, args, message) => {
    const { code, stdout, stderr } = await generate(run, 'a', '--quiet', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
