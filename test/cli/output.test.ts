import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { locateFiles } from '../../src/data/locate.js';
import { runPaths } from '../../src/files/run-folder.js';
import { nnOk, program, project, set, smokeConfig, trainSmoke } from './nn.js';
import { nnHere, nnHereOk, trainHere } from './in-process.js';
import { sharedFolder } from './runs.js';

const folder = sharedFolder();
const short = set({ 'train.epochs': 2, expect: {} });

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('nn train', { timeout: 30_000 }, () => {
  it('reports results on standard output and progress on standard error, in 80 columns and without colours', async () => {
    const run = 'run';
    const { stdout, stderr } = await nnOk(trainSmoke(run, ...short), { cwd: folder });
    expect(stdout).toMatch(
      /^test +value\nloss +[\d.]+\naccuracy +[\d.]+\nthe best checkpoint \(epoch 2, val_loss [\d.]+\) on 200 test records\nrun: run \(0:0\d\)\n$/,
    );
    expect(stderr).toMatch(
      /^device: cpu, WebAssembly SIMD.*, \d+ threads?\nrun: run\nepoch +train_loss +train_accuracy +val_loss +val_accuracy +seconds\n1\/2( +[\d.]+){5}\n2\/2( +[\d.]+){5}\n$/,
    );
    expect(widest(stdout + stderr)).toBeLessThanOrEqual(80);
    expect(stdout + stderr).not.toContain('\u001b');
  });

  it('--json prints one JSON object and nothing else', async () => {
    const run = join(folder, 'json');
    const { stdout } = await nnOk(trainSmoke(run, '--json', ...short));
    const result = JSON.parse(stdout) as Record<string, unknown>;
    expect(stdout).toBe(`${JSON.stringify(result)}\n`);
    expect(Object.keys(result)).toEqual([
      ...['run', 'epoch', 'step', 'seconds', 'train_loss', 'train_accuracy', 'val_loss', 'val_accuracy'],
      ...['test_loss', 'test_accuracy', 'missed'],
    ]);
    expect(result).toMatchObject({ run, epoch: 2, step: 32, missed: [] });
  });

  it('--quiet says nothing but the result', async () => {
    const { stdout, stderr } = await trainHere(join(folder, 'quiet'), '--quiet', ...short);
    expect(stdout).toMatch(/^test +value\n/);
    expect(stderr).toBe('');
  });

  it('numbers its runs', async () => {
    mkdirSync(join(folder, 'numbered'));
    const cwd = join(folder, 'numbered');
    const args = ['train', smokeConfig, '--device', 'cpu', '--threads', '1', '--quiet', ...short];
    await nnOk(args, { cwd });
    await nnHereOk([...args, '--runs', join(cwd, 'runs')]);
    expect(readdirSync(join(cwd, 'runs'))).toEqual(['smoke-001', 'smoke-002']);
  });

  it('--dry-run tries everything and writes nothing', async () => {
    const cwd = join(folder, 'dry');
    mkdirSync(cwd);
    const { stdout } = await nnOk(['train', smokeConfig, '--device', 'cpu', '--dry-run'], { cwd });
    expect(stdout).toMatch(
      /^train_loss .+\ntrain_accuracy .+\nval_loss .+\nval_accuracy .+\ndry run: one batch passed; nothing was written\n$/,
    );
    const { stdout: json } = await nnOk(['train', smokeConfig, '--device', 'cpu', '--dry-run', '--json'], { cwd });
    expect(JSON.parse(json)).toMatchObject({ dry_run: true });
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('chooses a device by itself, and says which and why', async () => {
    const { stderr } = await nnOk(['train', smokeConfig, '--run', join(folder, 'auto'), ...short]);
    expect(stderr).toMatch(/^device: .+\n(no GPU: |chosen by a rehearsal: ).+\nrun: /);
  });

  const terminal = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;
  it.skipIf(!terminal)('draws a bar on a terminal, and takes it away (skipped where script(1) is missing)', () => {
    const onTerminal = (env: Record<string, string>, name: string): string => {
      const command = [process.execPath, program, ...trainSmoke(join(folder, name), '--set', 'train.epochs=60')].join(' ');
      const options = { encoding: 'utf8', env: { ...process.env, ...env }, input: '' } as const;
      return spawnSync('script', ['-qec', `stty cols 80; ${command}`, '/dev/null'], options).stdout;
    };
    const shown = onTerminal({}, 'terminal');
    expect(shown).toMatch(/epoch \d+\/60 [█░]{16} \d+\/16 loss [\d.]+ +[\d,]+\/s \d:\d\d left/);
    expect(shown.lastIndexOf('\u001b[?25h'), 'the cursor comes back').toBeGreaterThan(shown.lastIndexOf('\u001b[?25l'));
    const bars = shown.split(/[\r\n]|\u001b\[[\d?]*[A-Za-z]/).filter((part) => part.includes('░'));
    expect(Math.max(...bars.map((bar) => bar.length))).toBeLessThanOrEqual(79);
    const missing = (env: Record<string, string>): string => {
      const command = `${process.execPath} ${program} eval ${join(folder, 'none')}`;
      return spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', env: { ...process.env, ...env }, input: '' })
        .stdout;
    };
    expect(missing({ NO_COLOR: '' })).toContain('\u001b[31merror:\u001b[39m');
    expect(missing({ NO_COLOR: '1' })).not.toContain('\u001b[31m');
  });
});

describe('nn eval', { timeout: 30_000 }, () => {
  const runs = join(folder, 'runs');
  const run = join(runs, 'smoke-001');
  let trained: Record<string, unknown>;

  beforeAll(async () => {
    const { stdout } = await nnHereOk([
      'train',
      smokeConfig,
      '--device',
      'cpu',
      '--threads',
      '1',
      '--runs',
      runs,
      '--json',
      ...short,
    ]);
    trained = JSON.parse(stdout) as Record<string, unknown>;
  });

  it.each(['a run', 'a checkpoint of one', 'a config'])('takes %s, and gives what training gave', async (what) => {
    const target = what === 'a run' ? run : what === 'a config' ? smokeConfig : runPaths(run).bestCheckpoint;
    const { stdout, stderr } = await nnHereOk(['eval', target, '--device', 'cpu', '--threads', '1', '--json', '--runs', runs]);
    const { test_loss, test_accuracy } = trained;
    expect(stdout).toBe(
      `${JSON.stringify({ run, checkpoint: runPaths(run).bestCheckpoint, records: 200, test_loss, test_accuracy })}\n`,
    );
    expect(stderr).toBe('');
  });

  it('prints a table for people', async () => {
    const { stdout } = await nnOk(['eval', 'runs/smoke-001', '--device', 'cpu', '--quiet'], { cwd: folder });
    expect(stdout).toMatch(
      /^test +value\nloss +[\d.]+\naccuracy +[\d.]+\nthe best checkpoint .* on 200 test records\nrun: runs\/smoke-001\n$/,
    );
  });
});

describe('every config that comes with the program', { timeout: 30_000 }, () => {
  const configs = readdirSync(join(project, 'configs')).filter((name) => name.endsWith('.yaml'));

  /** Some read data from packages that are not installed with the program. They say which in their first lines. */
  const missingPackage = (name: string): string | undefined =>
    missing(/^ +path: npm:((?:@[^/\n]+\/)?[^/\n]+)/m.exec(readFileSync(join(project, 'configs', name), 'utf8'))?.[1]);
  /** Others would be downloaded, which no test does. */
  const missingSet = (name: string): string | undefined =>
    missing(
      /else downloaded\. The package .*\n#\n# +npm install --no-save (\S+)/.exec(
        readFileSync(join(project, 'configs', name), 'utf8'),
      )?.[1],
    );
  const missing = (wanted: string | undefined): string | undefined => {
    try {
      if (wanted !== undefined) locateFiles(`npm:${wanted}/package.json`, join(project, 'configs'));
      return undefined;
    } catch {
      return wanted;
    }
  };
  /** Others read folders that a command makes or installs. */
  const missingFolder = (name: string): string | undefined => {
    const [, path] = /^ +path: ((?:\.\.|\/)[^\s*]*)/m.exec(readFileSync(join(project, 'configs', name), 'utf8')) ?? [];
    return path === undefined || existsSync(resolve(project, 'configs', path)) ? undefined : path;
  };
  const complete = configs.filter((name) =>
    [missingPackage, missingSet, missingFolder].every((find) => find(name) === undefined),
  );

  it('is valid, and its model fits its data', async () => {
    const { stdout } = await nnHere(['validate', ...complete.map((name) => join(project, 'configs', name))]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBe(complete.length);
    for (const line of lines) expect(line).toMatch(/configs\/[\w-]+\.yaml: valid \(\d+ layers, [\d,]+ parameters\)$/);
  });

  it.each(configs.filter((name) => missingFolder(name) !== undefined))('%s says how to make its data', async (name) => {
    const { code, stdout, stderr } = await nnHere(['validate', join(project, 'configs', name)]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/ does not exist|no files? /);
    expect(stderr).toMatch(/apt-get install|node data\//);
  });

  it.each(configs.filter((name) => missingPackage(name) !== undefined))('%s says how to get its data', async (name) => {
    const { code, stdout, stderr } = await nnHere(['validate', join(project, 'configs', name)]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const command = `npm install --no-save ${missingPackage(name)}`;
    expect(stderr).toContain(`is not installed; ${command}\n`);
    expect(readFileSync(join(project, 'configs', name), 'utf8')).toContain(`#     ${command}\n`);
  });

  it('is checked even where another is wrong', async () => {
    const missing = join(folder, 'none.yaml');
    const { code, stdout, stderr } = await nnHere(['validate', smokeConfig, missing, smokeConfig]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `${missing}: there is no such file\n` });
    expect(stdout.match(/: valid /g)?.length).toBe(2);
  });

  it.each(complete)('%s compiles, and its summary fits 80 columns', async (name) => {
    const { code, stdout, stderr } = await nnHere(['summary', join(project, 'configs', name)]);
    expect(code, stderr).toBe(0);
    // What is read of a table is said. Files of others may be wrong: such are counted and listed.
    expect(stderr).toMatch(/^(features of the table: .+\n)?(\d+ files? skipped:\n(.+\n)+)?$/);
    expect(stdout).toMatch(/^layer +type +output shape +parameters +operations\n/);
    expect(stdout).toMatch(/\n\n(\w+ shape .*\n)+parameters .*\noperations .*\nmemory of a step .*\n$/);
    expect(widest(stdout)).toBeLessThanOrEqual(80);
  });

  it('prints as a config that loads, with the place of every value', async () => {
    const { stdout } = await nnHere(['config', smokeConfig, '--set', 'train.epochs=3']);
    expect(stdout).toMatch(/^ {2}epochs: 3 +# --set/m);
    expect(stdout).toMatch(/^ {2}batch_size: 32 +# \S*configs\/smoke\.yaml:\d+$/m);
    expect(stdout).toMatch(/^ {2}shuffle: true +# default$/m);
  });

  it('is described by the schema that comes with them', async () => {
    const { stdout } = await nnHere(['schema']);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(join(project, 'configs/schema.json'), 'utf8')));
  });
});

describe('nn', { timeout: 30_000 }, () => {
  it('shows help in 80 columns, on standard output', async () => {
    for (const args of [['--help'], ['train', '--help'], ['eval', '--help'], ['help', 'summary']]) {
      const { stdout, stderr } = await nnHereOk(args);
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^Usage: nn /);
      expect(stdout).not.toContain('default: []');
      expect(widest(stdout)).toBeLessThanOrEqual(80);
    }
  });

  it('lists devices in 80 columns without what drivers print, and as JSON', async () => {
    const { stdout, stderr } = await nnOk(['devices']);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^cpu +usable +WebAssembly SIMD/);
    expect(widest(stdout)).toBeLessThanOrEqual(80);
    const devices = JSON.parse((await nnOk(['devices', '--json'])).stdout) as { device: string }[];
    expect(devices.map(({ device }) => device).sort()).toEqual(['cpu', 'gpu', 'gpu-gl', 'gpujs-cpu', 'gpujs-webasm']);
  });

  it('--debug adds a stack trace', async () => {
    const { code, stderr } = await nnHere(['--debug', 'eval', join(folder, 'none')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^\s+at /m);
  });

  it('does not mind a reader that goes away', () => {
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', '{ "$0" "$1" schema; echo $? >&2; } | head -1', process.execPath, program],
      {
        encoding: 'utf8',
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '0\n' });
  });

  it.skipIf(!existsSync('/dev/full'))('says why results cannot be written', () => {
    const command = ['-c', '"$0" "$1" schema >/dev/full', process.execPath, program];
    const { status, stderr } = spawnSync('sh', command, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'error: cannot write standard output: the disk is full\nhint: Free some space, or use a folder on another disk.\n',
    });
  });
});
