import { names } from '../graph/programs.js';
import { initialize } from './checkpoint-state.js';
import { breathe } from './evaluate.js';
import { type TrainingSetup, scheduleInputs } from './trainer.js';

/** Which learning rates are tried: `steps` of them from `min` to `max`, each the same number of times as large as the one before. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly steps: number;
}

export interface RangePoint {
  readonly learningRate: number;
  /** The loss of the batch that this learning rate then learnt from. */
  readonly loss: number;
}

export interface RangeTest {
  readonly points: readonly RangePoint[];
  /** Why there are no more points. */
  readonly stopped: 'end' | 'diverged' | 'not finite';
}

/** The smoothed loss may be this many times the best before a test ends. */
const divergedFactor = 4;
/** How much of the smoothed loss the next step keeps. */
const inertia = 0.9;

/**
 * The learning rate range test (Smith, 2017): trains from initial weights, raising the learning rate with every step, until the
 * smoothed loss is above 4 times its best or not finite. Everything else is as in a run: records, their order, dropout, optimizer; but
 * every batch makes an update. The
 * session must be new: the optimizer's state begins at that of its first step.
 */
export async function rangeTest(
  setup: Pick<TrainingSetup, 'session' | 'model' | 'sources' | 'programs'>,
  { min, max, steps }: Range,
  stepped: (step: number, loss: number) => void,
): Promise<RangeTest> {
  const { session, model, sources } = setup;
  await initialize(session, model);
  const { stepsPerEpoch } = sources.train;
  const points: RangePoint[] = [];
  let [average, best] = [0, Infinity];
  for (let step = 0; step < steps; step++) {
    const learningRate = min * (max / min) ** (step / (steps - 1));
    const made = { step, epoch: Math.floor(step / stepsPerEpoch), stepInEpoch: step % stepsPerEpoch };
    const time = { step: step + 1, learningRate, samples: sources.train.sizeOf(made.stepInEpoch), isComplete: true };
    const { inputs, name } = await scheduleInputs(setup, made, time);
    const executable = session.executable(name);
    await executable.run(inputs);
    const loss = (await executable.read(names.loss))[0]!;
    if (!Number.isFinite(loss)) return { points, stopped: 'not finite' };
    points.push({ learningRate, loss });
    stepped(step + 1, loss);
    average = inertia * average + (1 - inertia) * loss;
    // Without the weight of the 0 that the average began with.
    const smoothed = average / (1 - inertia ** (step + 1));
    best = Math.min(best, smoothed);
    if (smoothed > best + (divergedFactor - 1) * Math.abs(best)) return { points, stopped: 'diverged' };
    await breathe();
  }
  return { points, stopped: 'end' };
}

/** To how many neighbours on each side a test of so many steps is smoothed. */
const reachOf = (steps: number): number => Math.max(1, Math.round(steps / 20));

const lowestOf = (values: readonly number[]): number => values.indexOf(Math.min(...values));

/**
 * The losses, each the mean of its neighbours to both sides: unlike a running mean, that moves nothing to larger learning rates. What
 * explodes after the least loss counts as the largest before it, since it would move the minimum of its neighbours.
 */
export function smoothedLosses(points: readonly RangePoint[], steps: number): number[] {
  const losses = points.map(({ loss }) => loss);
  const highest = Math.max(...losses.slice(0, lowestOf(losses) + 1));
  const reach = reachOf(steps);
  return losses.map((_, i) => {
    const span = Math.min(reach, i, losses.length - 1 - i);
    const near = losses.slice(i - span, i + span + 1);
    return near.reduce((sum, loss) => sum + Math.min(loss, highest), 0) / near.length;
  });
}

/** Learning rates to begin with. */
export interface Suggestion {
  /** Where the smoothed loss falls most steeply over the logarithm of the learning rate. */
  readonly steepest: number;
  /** A tenth of where it is least. */
  readonly minimumTenth: number;
}

/** Of a few dozen means that are made of noise alone, hardly two are further apart than this many of their standard deviations. */
const leastFall = 5;

/** What a range test suggests, or `undefined` where the loss did not fall by more than its noise. */
export function suggestionOf(points: readonly RangePoint[], smoothed: readonly number[], steps: number): Suggestion | undefined {
  const lowest = lowestOf(smoothed);
  const before = smoothed.slice(0, lowest + 1);
  const reach = reachOf(steps);
  // Losses that follow each other differ by noise, whatever the trend: by twice its variance.
  const jumps = points.slice(1, lowest + 1).map(({ loss }, i) => loss - points[i]!.loss);
  const variance = jumps.reduce((sum, jump) => sum + jump ** 2, 0) / (2 * jumps.length);
  const deviationOfMeans = Math.sqrt(variance / (2 * reach + 1));
  if (!(Math.max(...before) - smoothed[lowest]! > leastFall * deviationOfMeans)) return undefined;
  // Slopes over as many neighbours as were smoothed over; the outermost losses have fewer, and more noise.
  let [steepest, slope] = [-1, 0];
  for (let i = reach; i <= lowest && i + reach < points.length; i++) {
    const span = Math.log(points[i + reach]!.learningRate / points[i - reach]!.learningRate);
    const own = (smoothed[i + reach]! - smoothed[i - reach]!) / span;
    if (own < slope) [steepest, slope] = [i, own];
  }
  if (steepest < 0) return undefined;
  return { steepest: points[steepest]!.learningRate, minimumTenth: points[lowest]!.learningRate / 10 };
}
