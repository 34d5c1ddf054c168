import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.js';
import { newestRun, openRun, type Run } from '../files/run-folder.js';
import type { Model } from '../graph/programs.js';
import { loadExperiment } from '../spec/load.js';
import { checkpointToEvaluate } from '../train/run.js';

/** The run that a target means (a folder, a checkpoint in one, or a config for its newest), and a checkpoint if it names one. */
export function findRun(target: string, runs: string): { run: Run; checkpoint?: string } {
  if (/\.ya?ml$/.test(target) && !(existsSync(target) && statSync(target).isDirectory())) {
    const { experiment } = loadExperiment(target);
    const run = newestRun(runs, experiment.name);
    if (run === undefined) {
      throw new UserError(`${target} has no run in ${runs} yet`, { hint: `train it first: nn train ${target}`, exit: 'usage' });
    }
    return { run };
  }
  if (target.endsWith('.safetensors')) {
    if (!existsSync(target))
      throw new UserError(`${target} does not exist`, { hint: 'give a run folder or a checkpoint of one', exit: 'usage' });
    const folder = join(dirname(target), '..');
    if (!existsSync(join(folder, 'run.json'))) {
      throw new UserError(`${target} lies in no run, so its config is not known`, {
        hint: 'name it where training wrote it: RUN/checkpoints/best.safetensors',
        exit: 'usage',
      });
    }
    return { run: openRun(folder), checkpoint: target };
  }
  return { run: openRun(target) };
}

/** What `--checkpoint` may say. */
export function checkCheckpointFlag(which: string | undefined): void {
  if (which === undefined || which === 'best' || which === 'last') return;
  throw new UserError(`--checkpoint takes best or last, not "${which}"`, { exit: 'usage' });
}

/** The checkpoint of a run to use: the one named, or else the one it is judged by. */
export function chooseCheckpoint(
  run: Run,
  model: Pick<Model, 'experiment'>,
  wished: 'best' | 'last' | undefined,
): { path: string; which: 'best' | 'last' } {
  const which = wished ?? checkpointToEvaluate(run, model).which;
  const { bestCheckpoint, lastCheckpoint } = run.paths;
  const [path, other] = which === 'best' ? [bestCheckpoint, lastCheckpoint] : [lastCheckpoint, bestCheckpoint];
  if (existsSync(path)) return { path, which };
  throw new UserError(`${run.folder} has no ${which} checkpoint: ${path} does not exist`, {
    hint: existsSync(other)
      ? `--checkpoint ${which === 'best' ? 'last' : 'best'} takes the other one`
      : 'it has none at all: it was stopped before it saved one; name another run, or train again',
  });
}
