import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import type { VectorBits } from '../../backends/cpu/kernels.js';
import { benchmarkNames, benchmarks } from '../benchmarks.js';
import { fieldsOf } from '../../catalog/dataset.js';
import { UserError } from '../../errors.js';
import { type Model, trainingProgram } from '../../graph/programs.js';
import { initialWeights } from '../../graph/model.js';
import { updateInputs } from '../../graph/update.js';
import { operationsOf } from '../../program/program.js';
import { randomInteger, randomNormal, streamKey } from '../../random.js';
import { size } from '../../shape.js';
import { timeWithData } from '../data-benchmark.js';
import { obtainDevice } from '../devices.js';
import { deviceOptions, vectorBitsOption, wholeNumber } from '../options.js';
import { printNote, printResult } from '../output.js';

interface BenchFlags {
  net: string;
  config?: string;
  threads: number;
  batch: number;
  seconds: number;
  device: string;
  vectorBits?: VectorBits;
  deterministic?: boolean;
  vs?: string;
  rounds: number;
}

/** What one burst of steps came to. */
interface Burst {
  engine: string;
  net: string;
  threads: number;
  batch: number;
  steps: number;
  median_ms: number;
  min_ms: number;
  samples_per_s: number;
  peak_rss_mb: number;
  [name: string]: unknown;
}

export function addBenchCommand(program: Command): void {
  program
    .command('bench')
    .description('time training steps with inputs in memory, alone or in alternating bursts with another program')
    .option('--net <name>', `which network: ${benchmarkNames.join(', ')}`, 'mnist-cnn')
    .option('--config <file>', 'the steps of a config with its own batches, in turn with the same steps on one batch')
    .option('--threads <n>', 'threads of the CPU device', wholeNumber(1), 2)
    .option('--batch <n>', 'samples of a step', wholeNumber(1), 64)
    .option('--seconds <n>', 'how long a burst lasts', wholeNumber(1), 5)
    .option('--device <name>', 'where to compute', 'cpu')
    .addOption(vectorBitsOption())
    .option('--deterministic', 'the kernels whose bits are the same on every machine')
    .option(
      '--vs <command>',
      'a program that takes --net, --threads, --batch and --seconds and prints one JSON line with median_ms',
    )
    .option('--rounds <n>', 'bursts of each, one after the other', wholeNumber(1), 5)
    .action(async (flags: BenchFlags) => {
      const { config } = flags;
      if (config !== undefined && flags.vs !== undefined) {
        throw new UserError('--config compares with nothing but its own steps', { hint: 'leave out --vs', exit: 'usage' });
      }
      if (config !== undefined) printResult(JSON.stringify(await timeWithData(config, deviceOptions(flags), flags)));
      else if (flags.vs === undefined) printResult(JSON.stringify(await runBurst(flags)));
      else printResult(JSON.stringify(await compare(flags, flags.vs)));
    });
}

/** Steps for some seconds, after a few to warm up. Every step: forward, loss, gradients, update; the loss is read. */
async function runBurst(flags: BenchFlags): Promise<Burst> {
  const { net, threads, batch, seconds } = flags;
  const model = benchmarks[net]?.();
  if (model === undefined)
    throw new UserError(`there is no network "${net}"`, { hint: `networks: ${benchmarkNames.join(', ')}`, exit: 'usage' });
  const step = trainingProgram(model, batch);
  const backend = await obtainDevice(
    deviceOptions(flags),
    () => step,
    () => undefined,
  );
  const session = await backend.open({ step });
  try {
    for (const [name, values] of initialWeights(model, 0)) await session.writeState(name, values);
    // Numbers as in the midst of a run: the first steps of an optimizer are unlike those that follow.
    const scalars = updateInputs(model, {
      step: 1000,
      learningRate: model.experiment.optimizer.learning_rate as number,
    });
    const inputs = new Map(
      [...step.inputs].map(([name, id]) => [
        name,
        Float32Array.from({ length: size(step.shapes[id]!) }, (_, i) => scalars.get(name) ?? inputValue(model, name, i)),
      ]),
    );
    const executable = session.executable('step');
    const times: number[] = [];
    const once = async (): Promise<number> => {
      const start = performance.now();
      await executable.run(inputs);
      await executable.read('loss');
      return performance.now() - start;
    };
    // Engines compile what runs often anew: the first steps are not what a run is made of.
    const warm = performance.now() + 500;
    for (let i = 0; i < 10 || performance.now() < warm; i++) await once();
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end || times.length < 10) times.push(await once());
    times.sort((a, b) => a - b);
    const median = times[times.length >> 1]!;
    const operations = step.ops.reduce((sum, op) => sum + operationsOf(op, step.shapes), 0);
    return {
      engine: `nn, ${backend.description.engine}`,
      net,
      threads,
      batch,
      steps: times.length,
      median_ms: round(median),
      min_ms: round(times[0]!),
      samples_per_s: round((batch / median) * 1000),
      gflop_per_s: round(operations / median / 1e6),
      peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    };
  } finally {
    await session.dispose();
  }
}

function inputValue(model: Model, name: string, index: number): number {
  const field = fieldsOf(model.info)[name];
  const key = streamKey(0, name);
  // All else is keys of random numbers.
  if (field === undefined) return randomInteger(key, index) % 2 ** 24;
  return field.kind === 'class' ? randomInteger(key, index) % field.classes : randomNormal(key, index);
}

/** Bursts of ours and of the other program in turn, each in a process of its own, and the ratio pair by pair. */
async function compare(flags: BenchFlags, command: string): Promise<Record<string, unknown>> {
  const { net, threads, batch, seconds, rounds, device, vectorBits, deterministic } = flags;
  const shared = ['--net', net, '--threads', String(threads), '--batch', String(batch), '--seconds', String(seconds)];
  const [program, ...rest] = command.split(/\s+/);
  const vectors = vectorBits === undefined ? [] : ['--vector-bits', String(vectorBits)];
  const own = [
    process.argv[1]!,
    'bench',
    ...shared,
    '--device',
    device,
    ...vectors,
    ...(deterministic ? ['--deterministic'] : []),
  ];
  const pairs: { ours: Burst; theirs: Burst; ratio: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const ours = await burstOf(process.execPath, own);
    const theirs = await burstOf(program!, [...rest, ...shared]);
    pairs.push({ ours, theirs, ratio: ours.median_ms / theirs.median_ms });
    printNote(
      `${net}, ${threads} threads: ${ours.median_ms} ms against ${theirs.median_ms} ms, ratio ${pairs.at(-1)!.ratio.toFixed(3)}`,
    );
  }
  const ratios = pairs.map(({ ratio }) => ratio).sort((a, b) => a - b);
  const quantile = (q: number): number => round(ratios[Math.round(q * (ratios.length - 1))]!);
  const middle = (of: (pair: (typeof pairs)[number]) => number): number =>
    pairs.map(of).sort((a, b) => a - b)[pairs.length >> 1]!;
  return {
    net,
    threads,
    batch,
    rounds,
    ours: pairs[0]!.ours.engine,
    theirs: pairs[0]!.theirs.engine,
    our_median_ms: middle(({ ours }) => ours.median_ms),
    their_median_ms: middle(({ theirs }) => theirs.median_ms),
    ratio: quantile(0.5),
    ratio_quartiles: [quantile(0.25), quantile(0.75)],
    our_peak_rss_mb: middle(({ ours }) => ours.peak_rss_mb),
    their_peak_rss_mb: middle(({ theirs }) => theirs.peak_rss_mb),
  };
}

async function burstOf(program: string, args: readonly string[]): Promise<Burst> {
  try {
    const { stdout } = await promisify(execFile)(program, args);
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Burst;
  } catch (cause) {
    throw new UserError(
      `${program} ${args.join(' ')} does not print a line of JSON: ${(cause as Error).message.split('\n')[0]}`,
      { cause },
    );
  }
}

const round = (value: number): number => Number(value.toPrecision(5));
