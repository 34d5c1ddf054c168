import { optimizers } from '../catalog/optimizers/index.js';
import type { ParameterGroup } from '../catalog/optimizer-keys.js';
import type { Chosen } from '../catalog/registry.js';
import type { Experiment } from '../spec/experiment.js';
import type { LayerGraph } from './graph.js';
import { GraphError, type GraphProblem } from './graph-error.js';
import type { Parameter } from './model.js';
import { hintForPattern, matches } from './patterns.js';

/** A parameter that is trained, and how. Its regularizer is that of its layer, or the one of the experiment. */
export interface TrainedParameter extends Parameter {
  /** The optimizer's options, with those of its groups laid over them. */
  readonly options: Chosen;
  readonly learningRateMultiplier: number;
  /** Parameters of one number are trained alike: 0 is what the optimizer says without groups. */
  readonly settings: number;
}

/**
 * The parameters that are trained: all but those of layers with `trainable: false`, and then as the groups say, one after the other.
 * @throws GraphError where a pattern matches no parameter, or none is left to train
 */
export function trainedParameters(
  { optimizer, regularizer: common }: Experiment,
  { nodes }: LayerGraph,
  parameters: readonly Parameter[],
): TrainedParameter[] {
  const groups = (optimizer.groups ?? []) as readonly ParameterGroup[];
  const patterns = groups.map(({ match }, i) => ({ match, path: ['optimizer', 'groups', i, 'match'] }));
  checkPatterns(
    [...patterns, ...(common === undefined ? [] : [{ match: common.match, path: ['regularizer', 'match'] }])],
    parameters,
  );
  const frozenLayers = new Set(nodes.filter(({ options }) => options.trainable === false).map(({ name }) => name));
  const optionNames = Object.keys(optimizers.get(optimizer.type).options.shape);
  const plain = { ...optimizer };
  const known = [keyOf(plain, 1)];
  const trained = parameters.flatMap((parameter): TrainedParameter[] => {
    const mine = groups.filter(({ match }) => match.some((pattern) => matches(pattern, parameter.name)));
    const trainable = mine.findLast((group) => group.trainable !== undefined)?.trainable ?? !frozenLayers.has(parameter.layer);
    if (!trainable) return [];
    const changes = mine.flatMap((group) =>
      optionNames.filter((name) => group[name] !== undefined).map((name) => [name, group[name]]),
    );
    const options = { ...plain, ...Object.fromEntries(changes) } as Chosen;
    const learningRateMultiplier =
      mine.findLast((group) => group.learning_rate_multiplier !== undefined)?.learning_rate_multiplier ?? 1;
    const key = keyOf(options, learningRateMultiplier);
    if (!known.includes(key)) known.push(key);
    const isCommon = common?.match.some((pattern) => matches(pattern, parameter.name)) === true;
    const regularizer = parameter.regularizer ?? (isCommon ? common : undefined);
    const own = { options, learningRateMultiplier, settings: known.indexOf(key), ...(regularizer && { regularizer }) };
    return [{ ...parameter, ...own }];
  });
  if (trained.length === 0 && parameters.length > 0) throw nothingLeft(groups, nodes, parameters);
  return trained;
}

const keyOf = (options: Chosen, multiplier: number): string => JSON.stringify([options, multiplier]);

interface Patterns {
  readonly match: readonly string[];
  /** Where they stand in the config. */
  readonly path: GraphProblem['path'];
}

function checkPatterns(patterns: readonly Patterns[], parameters: readonly Parameter[]): void {
  const all = parameters.map(({ name }) => name);
  const problems = patterns.flatMap(({ match, path }) =>
    match.flatMap((pattern, i): GraphProblem[] => {
      if (all.some((name) => matches(pattern, name))) return [];
      const message = `no parameter matches "${pattern}"`;
      return [{ path: match.length > 1 ? [...path, i] : path, message, hint: hintForPattern(pattern, all) }];
    }),
  );
  const [first, ...others] = problems;
  if (first !== undefined) throw new GraphError([first, ...others]);
}

function nothingLeft(
  groups: readonly ParameterGroup[],
  nodes: LayerGraph['nodes'],
  parameters: readonly Parameter[],
): GraphError {
  const group = groups.findLastIndex(({ trainable }) => trainable === false);
  const layer = nodes.find(({ name, options }) => options.trainable === false && parameters.some((one) => one.layer === name));
  const path = group >= 0 ? ['optimizer', 'groups', group, 'trainable'] : [...layer!.path, 'trainable'];
  return new GraphError([
    {
      path,
      message: `no parameter is left to train: all ${parameters.length} are frozen`,
      hint: 'let at least one layer be trainable; nn eval evaluates a model without training it',
    },
  ]);
}
