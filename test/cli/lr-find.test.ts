import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nnHere } from './in-process.js';
import { project, set, smokeConfig } from './nn.js';
import { sharedFolder } from './runs.js';

const folder = sharedFolder();
const small = set({ model: [{ type: 'flatten' }, { type: 'dense', units: 10 }] });
const find = (...args: string[]) => nnHere(['lr-find', smokeConfig, '--device', 'cpu', '--threads', '1', ...small, ...args]);

interface Document {
  stopped: string;
  suggestion: { steepest: number; minimum_tenth: number } | null;
  points: { learning_rate: number; loss: number; smoothed_loss: number }[];
}

describe('nn lr-find', { timeout: 30_000 }, () => {
  it('draws the curve in 80 columns, and suggests learning rates', async () => {
    const { code, stdout, stderr } = await find('--steps', '60');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^device: cpu/) as string });
    const lines = stdout.trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines[0]).toBe('loss over learning rate');
    expect(lines.filter((line) => /^ {9}│|^ .{7} ┤/.test(line))).toHaveLength(15);
    const [, steepest] = /^steepest descent +(\S+)$/m.exec(stdout)!;
    const [, tenth] = /^minimum \/ 10 +(\S+)$/m.exec(stdout)!;
    expect(stdout).toContain(`--set optimizer.learning_rate=${steepest}\n`);
    for (const rate of [steepest, tenth]) {
      expect(Number(rate)).toBeGreaterThan(1e-5);
      expect(Number(rate)).toBeLessThan(0.3);
    }
  });

  it('prints the points as JSON, and writes them to a file, and nothing else anywhere', async () => {
    const before = [project, dirname(smokeConfig), join(project, 'runs')].map((at) => (existsSync(at) ? readdirSync(at) : []));
    const [csv, json] = [join(folder, 'curve.csv'), join(folder, 'curve.json')];
    const { stdout, stderr } = await find('--steps', '40', '--min', '1e-5', '--max', '0.5', '--json', '--out', csv);
    expect(stderr).toBe('');
    const document = JSON.parse(stdout) as Document;
    expect(document).toMatchObject({ min: 1e-5, max: 0.5, steps: 40 });
    expect(document.points[0]).toMatchObject({ learning_rate: 1e-5 });
    expect(document.suggestion!.steepest).toBeGreaterThan(1e-5);
    const rows = readFileSync(csv, 'utf8').trimEnd().split('\n');
    expect(rows[0]).toBe('learning_rate,loss,smoothed_loss');
    expect(rows.slice(1).map((row) => row.split(',').map(Number))).toEqual(
      document.points.map(({ learning_rate, loss, smoothed_loss }) => [learning_rate, loss, smoothed_loss]),
    );
    // The same bits in any number of threads, and again.
    const again = await find('--steps', '40', '--min', '1e-5', '--max', '0.5', '--quiet', '--threads', '2', '--out', json);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual(document);
    expect(again.stderr).toBe('');
    expect(readdirSync(folder).sort()).toEqual(['curve.csv', 'curve.json']);
    expect([project, dirname(smokeConfig), join(project, 'runs')].map((at) => (existsSync(at) ? readdirSync(at) : []))).toEqual(
      before,
    );
  });

  it('ends where the loss grows, and says so', async () => {
    const { stdout } = await find('--max', '1e6', '--json');
    const { stopped, points } = JSON.parse(stdout) as Document;
    expect(stopped).toBe('diverged');
    expect(points.length).toBeLessThan(100);
    expect((await find('--max', '1e6')).stdout).toContain(
      `stopped after ${points.length} of 100 steps: the loss was 4 times its best\n`,
    );
  });

  it('suggests nothing where the loss does not fall', async () => {
    const { code, stdout } = await find('--min', '1e-12', '--max', '1e-11', '--steps', '20');
    expect(code).toBe(0);
    expect(stdout).toContain('the loss did not fall by more than its noise: no learning rate can be suggested\n');
    expect(stdout).toContain('all 20 steps were made: the loss did not diverge up to 1e-11\n');
  });

  it.each([
    [['--min', '0.1', '--max', '0.1'], '--min 0.1 is not below --max 0.1'],
    [['--min', '0'], "option '--min <rate>' argument '0' is invalid. It must be a number above 0."],
    [['--max', 'much'], "option '--max <rate>' argument 'much' is invalid. It must be a number above 0."],
    [['--steps', '3'], "option '--steps <n>' argument '3' is invalid. It must be a whole number of at least 10."],
    [['--out', 'curve.txt'], '--out takes a name that ends with .csv or .json, not "curve.txt"'],
    [['--set', 'optimizer.learning_rat=1'], 'optimizer: unknown key "learning_rat"; did you mean "learning_rate"?'],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await find(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('says that a first loss is not finite', async () => {
    const huge = { type: 'dense', units: 10, kernel_initializer: { type: 'constant', value: 1e38 } };
    const { code, stderr } = await find(...set({ 'model.1': huge }));
    expect(code).toBe(1);
    expect(stderr).toContain('error: the loss of the first step is not finite, before anything is learnt\nhint: ');
  });
});
