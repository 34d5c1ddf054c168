import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import * as zod from 'zod';
import * as layer from '../../src/catalog/layer.js';
import type { LayerContext, LayerDefinition } from '../../src/catalog/layer.js';
import { layers } from '../../src/catalog/layers/index.js';
import * as optimizer from '../../src/catalog/optimizer.js';
import type { OptimizerDefinition } from '../../src/catalog/optimizer.js';
import { optimizers } from '../../src/catalog/optimizers/index.js';
import { addCommands } from '../../src/cli/commands/index.js';
import { configReference } from '../../src/cli/commands/reference.js';
import { fitModel } from '../../src/graph/programs.js';
import * as expression from '../../src/ops/expression.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import * as shape from '../../src/shape.js';
import { loadExperiment } from '../../src/spec/load.js';
import { dataOf } from '../graph/experiment.js';
import { gradientError } from '../ops/check-gradient.js';
import { normal, runProgram } from '../ops/run-program.js';
import { anchorsOf, blocksOf, linksOf } from './markdown.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = blocksOf(readme);

/** Commands too long for a test, with what `.ci/run` must contain for them to be run there. */
const longCommands: Readonly<Record<string, RegExp>> = {
  'npm ci': /npm (ci|cit)\b/,
  'npm cit': /npm (cit\b|test\b)/,
  'nn train configs/mnist-cnn.yaml': /nn(\.js)? train configs\/mnist-cnn\.yaml/,
};

/** Commands that fail, as their text says. */
const exitCodes: Readonly<Record<string, number>> = {
  'nn train configs/smoke.yaml --quiet --set expect.test_accuracy.min=0.99': 1,
  'nn validate configs/x.yaml': 2,
};

/** A line of a shell block as single commands, `npx nn` being `nn`. */
const commandsOf = (line: string): string[] =>
  line
    .replace(/ #.*$/, '')
    .split('&&')
    .map((command) => command.trim().replace(/^npx nn /, 'nn '))
    .filter((command) => command !== '');

interface Shown {
  readonly command: string;
  /** What the README says it prints; nothing where it does not say. */
  readonly output: readonly string[] | undefined;
}

/** Every command of the README's shell blocks and transcripts, in order. */
const shown = blocks.flatMap(({ language, text }): Shown[] => {
  if (language === 'sh')
    return text
      .split('\n')
      .flatMap(commandsOf)
      .map((command) => ({ command, output: undefined }));
  if (language !== 'console') return [];
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command, ...output] = part.split('\n');
      return { command: commandsOf(command!)[0]!, output };
    });
});
const runHere = shown.filter(({ command }) => !(command in longCommands));

describe('commands', () => {
  it('are all of nn or npm', () => {
    expect(shown.length).toBeGreaterThan(10);
    expect(shown.filter(({ command }) => !/^(nn|npm) /.test(command))).toEqual([]);
  });

  it('are all known to the command line, with their options', async () => {
    for (const { command } of shown.filter(({ command }) => command.startsWith('nn '))) {
      const program = new Command('nn').exitOverride();
      addCommands(program);
      for (const one of program.commands) one.exitOverride().action(() => undefined);
      await program.parseAsync(command.split(' ').slice(1), { from: 'user' });
    }
  });

  it('document every subcommand and every option of train and eval', () => {
    const program = new Command('nn');
    addCommands(program);
    const missing = program.commands.flatMap((one) => [
      ...(readme.includes(`\`nn ${one.name()}\``) ? [] : [one.name()]),
      ...one.options.filter(({ long }) => !readme.includes(`\`${long}`)).map(({ long }) => `${one.name()} ${long}`),
    ]);
    expect(missing).toEqual([]);
  });

  const ci = join(root, '.ci/run');
  it.skipIf(!existsSync(ci))('that are long are run by .ci/run (skipped: there is no such file)', () => {
    const text = readFileSync(ci, 'utf8');
    for (const [command, line] of Object.entries(longCommands)) expect(text, command).toMatch(line);
  });

  it('that are long are still in the README', () => {
    expect(Object.keys(longCommands).filter((long) => !shown.some(({ command }) => command === long))).toEqual([]);
  });
});

describe('commands that are run', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nn-readme-'));
    cpSync(join(root, 'configs'), join(folder, 'configs'), { recursive: true });
    symlinkSync(join(root, 'data'), join(folder, 'data'));
    const smoke = readFileSync(join(root, 'configs/smoke.yaml'), 'utf8');
    writeFileSync(join(folder, 'configs/x.yaml'), smoke.replace('units: 32', 'unit: 32'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (command: string): Promise<{ code: number; output: string }> =>
    new Promise((resolve) => {
      const args = command.split(' ').slice(1);
      const options = { cwd: folder, maxBuffer: 2 ** 24 };
      execFile(process.execPath, [join(root, 'bin/nn.js'), ...args], options, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), output: `${stderr}\n${stdout}` }),
      );
    });

  // In the order of the README: a run that one trains the next one evaluates.
  it.each(runHere)('$command', { timeout: 120_000 }, async ({ command, output }) => {
    const result = await run(command);
    expect(result.code, result.output).toBe(exitCodes[command] ?? 0);
    if (output !== undefined) expect(formOf(result.output.split('\n'))).toEqual(formOf(output));
  });
});

/**
 * The lines of a transcript without what differs from machine to machine: digits, the spaces that align them, and the device.
 * Standard error and output are one in a transcript, so that lines are compared whatever their order.
 */
function formOf(lines: readonly string[]): string[] {
  return lines
    .filter((line) => !/^(device|no GPU|chosen by)/.test(line))
    .map((line) =>
      line
        .replace(/\d[\d.,e-]*/g, 'N')
        .replace(/ +/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '')
    .sort();
}

describe('configs', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nn-readme-'));
    cpSync(join(root, 'configs'), folder, { recursive: true });
    const least = { version: 1, name: 'base', data: { dataset: 'mnist' }, loss: 'cross_entropy', metrics: ['accuracy'] };
    writeFileSync(join(folder, 'base.yaml'), stringify({ ...least, model: [{ type: 'flatten' }, { type: 'dense', units: 10 }] }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const examples = blocks.filter(({ language }) => language === 'yaml');
  it.each(examples)('are valid: $text', ({ text }) => {
    const content = parse(text) as object;
    // What is no whole config must fit into one.
    const whole = 'version' in content || 'extends' in content;
    const file = join(folder, 'example.yaml');
    writeFileSync(file, whole ? text : `extends: base.yaml\n${text}`);
    const { experiment } = loadExperiment(file);
    if ('model' in content) fitModel(experiment, dataOf([28, 28, 1]));
  });

  it('are among the blocks', () => expect(examples.length).toBeGreaterThan(3));
});

describe('definitions to add', () => {
  const modules: Readonly<Record<string, unknown>> = {
    zod,
    '../../ops/expression.js': expression,
    '../../shape.js': shape,
    '../layer.js': layer,
    '../optimizer.js': optimizer,
  };
  /** What a TypeScript block of the README exports. */
  const exported = <T>(name: string): T => {
    const { text } = blocks.find(({ language, text }) => language === 'ts' && text.includes(`export const ${name} `))!;
    const { outputText } = ts.transpileModule(text, { compilerOptions: { module: ts.ModuleKind.CommonJS } });
    const exports: Record<string, T> = {};
    new Function('exports', 'require', outputText)(exports, (from: string) => modules[from]);
    return exports[name]!;
  };

  it('include a layer that works', () => {
    const { type, build, options } = exported<LayerDefinition>('globalLogSumExpPool2d');
    expect(layers.types, 'is there already: another example is needed').not.toContain(type);
    const apply = (builder: ProgramBuilder, x: number) => build({ builder } as LayerContext, [x], options.parse({})) as number;
    const builder = new ProgramBuilder();
    builder.output('y', apply(builder, builder.input('x', [1, 2, 2, 2])));
    const [first, second] = runProgram(builder.finish(), { x: [1, 1000, 2, 1000, 3, 1000, 6, 1000] }).output('y');
    expect(first).toBeCloseTo(Math.log([1, 2, 3, 6].reduce((sum, one) => sum + Math.exp(one) / 4, 0)), 12);
    expect(second).toBeCloseTo(1000, 12);
    expect(gradientError((b, [x]) => apply(b, x!), [normal([2, 3, 4, 5], 7)])).toBeLessThan(1e-8);
  });

  it('include an optimizer that works', () => {
    const { type, slots, scalars, update, options } = exported<OptimizerDefinition>('signum');
    expect(optimizers.types, 'is there already: another example is needed').not.toContain(type);
    const chosen = options.parse({ momentum: 0.8 });
    expect(slots(chosen, [2])).toEqual([{ name: 'momentum', shape: [2] }]);
    const builder = new ProgramBuilder();
    const [p, g, m] = ['p', 'g', 'm'].map((name) => builder.input(name, [2])) as [number, number, number];
    const rate = builder.input('learning_rate');
    const tensors = { parameter: p, gradient: g, slots: { momentum: m }, scalars: { learning_rate: rate } };
    const next = update(builder, tensors, chosen);
    builder.output('p', next.parameter);
    builder.output('m', next.slots.momentum!);
    const { learning_rate } = scalars(chosen, { step: 1, learningRate: 0.1 });
    const { output } = runProgram(builder.finish(), { p: [1, 2], g: [3, -4], m: [0, 0.5], learning_rate: [learning_rate!] });
    [0.6, -0.4].forEach((expected, i) => expect(output('m')[i]).toBeCloseTo(expected, 12));
    [0.9, 2.1].forEach((expected, i) => expect(output('p')[i]).toBeCloseTo(expected, 12));
  });
});

describe('links', () => {
  const pages = ['README.md', 'CHANGELOG.md', 'src/ARCHITECTURE.md'];
  it.each(pages)('of %s lead somewhere', (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const broken = linksOf(text).filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [path, anchor] = link.split('#') as [string, string | undefined];
      const target = path === '' ? join(root, page) : join(root, dirname(page), path);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

describe('the reference', () => {
  it('is what nn reference prints', () => {
    const between = /<!-- reference:begin -->\n([^]*)<!-- reference:end -->/.exec(readme)?.[1];
    const found = between?.replace(/<!-- prettier-ignore-(start|end) -->/g, '').trim();
    expect(found, 'paste what nn reference prints between the markers of README.md').toBe(configReference());
  });
});
