import cliProgress from 'cli-progress';
import { formatDuration, formatMetric } from './format.js';

export interface StepState {
  epoch: number;
  epochs: number;
  step: number;
  stepsPerEpoch: number;
  loss: number;
}

/** Shows how training goes on standard error: a bar on a terminal, one line an interval elsewhere, nothing with `--quiet`. */
export class TrainingDisplay {
  private readonly bar: cliProgress.SingleBar | undefined;
  private readonly lines: boolean;
  private readonly batchSize: number;
  private started = performance.now();
  private stepsSeen = 0;
  private lastLine = performance.now();
  private smoothed: number | undefined;
  private barEpoch = -1;

  constructor(mode: 'auto' | 'quiet', batchSize: number) {
    const terminal = process.stderr.isTTY === true;
    this.lines = mode !== 'quiet';
    this.batchSize = batchSize;
    if (mode === 'quiet' || !terminal) return;
    this.bar = new cliProgress.SingleBar({
      stream: process.stderr,
      format: 'epoch {epoch}/{epochs} {bar} {value}/{total} loss {loss} {pace}/s {left} left',
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 16,
      fps: 10,
      hideCursor: true,
      clearOnComplete: true,
      linewrap: false,
      forceRedraw: true,
      gracefulExit: false,
    });
  }

  /** After every step: cheap, since steps may take microseconds. */
  stepped(state: StepState): void {
    this.stepsSeen++;
    this.smoothed = this.smoothed === undefined ? state.loss : 0.95 * this.smoothed + 0.05 * state.loss;
    const now = performance.now();
    if (this.bar) {
      if (state.epoch !== this.barEpoch) {
        this.barEpoch = state.epoch;
        this.bar.start(state.stepsPerEpoch, state.step, this.payload(state, now));
      } else if (now - this.lastLine > 100) {
        this.bar.update(state.step, this.payload(state, now));
        this.lastLine = now;
      }
      return;
    }
    if (this.lines && now - this.lastLine > secondsBetweenLines * 1000) {
      this.lastLine = now;
      const { loss, pace, left } = this.payload(state, now);
      const place = `epoch ${state.epoch}/${state.epochs} step ${state.step}/${state.stepsPerEpoch}`;
      process.stderr.write(`${place}  loss ${loss}  ${pace} samples/s  ${left} left\n`);
    }
  }

  /** A line that stays, above the bar. */
  line(text: string): void {
    if (!this.lines) return;
    this.stop();
    process.stderr.write(`${text}\n`);
    this.lastLine = performance.now();
  }

  /** Takes the bar away. */
  stop(): void {
    if (!this.bar || this.barEpoch < 0) return;
    this.bar.stop();
    this.barEpoch = -1;
  }

  private payload(state: StepState, now: number) {
    const perStep = (now - this.started) / 1000 / this.stepsSeen;
    const left = (state.epochs - state.epoch) * state.stepsPerEpoch + (state.stepsPerEpoch - state.step);
    return {
      epoch: state.epoch,
      epochs: state.epochs,
      loss: formatMetric(Number(this.smoothed!.toPrecision(4))).padEnd(7),
      pace: Math.round(this.batchSize / perStep).toLocaleString('en-US'),
      left: formatDuration(left * perStep),
    };
  }
}

const secondsBetweenLines = 10;
