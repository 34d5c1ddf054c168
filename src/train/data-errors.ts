import { DatasetError } from '../data/dataset-error.js';
import { SplitError } from '../data/split.js';
import { UserError } from '../errors.js';
import { GraphError } from '../graph/graph-error.js';
import type { ConfigError } from '../spec/config-error.js';
import type { LoadedExperiment } from '../spec/load.js';
import { nearestName } from '../spec/nearest-name.js';
import { BalanceError } from './balance.js';

/** What fails here fails at a line of the config. */
export function at<Value>(loaded: LoadedExperiment, path: readonly (string | number)[], make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    if (error instanceof UserError) throw loaded.error([...path], error.message, error.hint);
    throw error;
  }
}

/** As `at`, of what fails later. What is wrong with the data set itself, which may only be seen now, has a place of its own. */
export async function soon<Value>(
  loaded: LoadedExperiment,
  path: readonly (string | number)[],
  value: Promise<Value>,
): Promise<Value> {
  try {
    return await value;
  } catch (error) {
    if (error instanceof DatasetError) throw error;
    return at(loaded, path, () => {
      throw error;
    });
  }
}

/** An error of a data set or a model, at its line of the config. */
export function locatedError(loaded: LoadedExperiment, error: unknown): unknown {
  if (error instanceof GraphError) return loaded.errors(error.problems);
  if (error instanceof DatasetError) return locate(loaded, error);
  if (error instanceof BalanceError) return loaded.error(['data', 'balance', ...error.path], error.message, error.hint);
  if (error instanceof SplitError) return loaded.error(['data', 'split', ...error.path], error.message, error.hint);
  return error;
}

function locate(loaded: LoadedExperiment, { path, message, hint, unknown, isMissing }: DatasetError): ConfigError {
  const meant = unknown === undefined ? undefined : nearestName(unknown.word, unknown.names);
  const { obtain } = loaded.experiment.data.dataset as { obtain?: string };
  const better = meant !== undefined ? `did you mean "${meant}"?` : isMissing ? obtain : undefined;
  return loaded.error(['data', 'dataset', ...path], message, better ?? hint);
}
