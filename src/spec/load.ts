import { dirname, resolve } from 'node:path';
import type { Place } from '../errors.js';
import { withUses } from './block-notes.js';
import { expandBlocks } from './blocks.js';
import { type Finding, checkSections, readSections } from './checks.js';
import { ConfigError, type ConfigPath, type Problem, placeOf } from './config-error.js';
import { type Experiment, experimentSchema } from './experiment.js';
import { readWithBases } from './extends.js';
import { problemsOf } from './issues.js';
import { type Origin, formatOrigin, originsOf } from './origins.js';
import { applyOverride } from './override.js';
import { printYaml } from './print.js';
import { type MapNode, spanAt, toPlain } from './tree.js';

export interface LoadOptions {
  /** `a.b.c=value`, each in the order given, on top of the file. */
  overrides?: readonly string[];
}

/**
 * Reads a config file with the files it extends, applies overrides, puts in blocks and checks everything that needs no data.
 * @throws ConfigError that names everything that is wrong, each with its place
 */
export function loadExperiment(file: string, { overrides = [] }: LoadOptions = {}): LoadedExperiment {
  const problems: Problem[] = [];
  const written = readWithBases(file, problems);
  if (written === undefined) throw new ConfigError(problems, file);
  for (const override of overrides) applyOverride(written, override, problems);
  const { tree, failed, blocks } = expandBlocks(written, file, problems);
  const plain = toPlain(tree);
  const parsed = experimentSchema.safeParse(plain);
  const isFailed = ({ path = [] }: Problem): boolean => failed.some((one) => one.every((step, depth) => step === path[depth]));
  if (!parsed.success) problems.push(...problemsOf(parsed.error.issues, tree, blocks).filter((problem) => !isFailed(problem)));
  for (const { path, ...finding } of checkSections(readSections(plain))) {
    problems.push({ span: spanAt(tree, path), path, ...finding });
  }
  if (parsed.success && problems.length === 0) return new LoadedExperiment(file, parsed.data, tree);
  throw new ConfigError(withUses(problems, tree), file);
}

/** A checked experiment that still knows where each of its values was written. */
export class LoadedExperiment {
  /** The path as given. */
  readonly file: string;
  /** The absolute path of the file's folder, where relative paths of the config start. */
  readonly folder: string;
  readonly experiment: Experiment;
  /** Where each value comes from, by its path (`model.2.units`). */
  readonly origins: ReadonlyMap<string, Origin>;
  private readonly tree: MapNode;

  constructor(file: string, experiment: Experiment, tree: MapNode) {
    this.file = file;
    this.folder = dirname(resolve(file));
    this.experiment = experiment;
    this.origins = originsOf(experiment, tree);
    this.tree = tree;
  }

  /** The place of the value at `path` or, where it was not written, of what holds it. Nothing for a `--set`. */
  locate(path: ConfigPath): Place | undefined {
    return placeOf(spanAt(this.tree, path));
  }

  /** An error about the value at `path`, with its place and source line. */
  error(path: ConfigPath, message: string, hint?: string): ConfigError {
    return this.errors([{ path, message, ...(hint === undefined ? {} : { hint }) }]);
  }

  /** One error that tells all of `findings`, each with its place and source line. */
  errors(findings: readonly Finding[]): ConfigError {
    const problems = findings.map((finding) => ({ span: spanAt(this.tree, finding.path), ...finding }));
    return new ConfigError(withUses(problems, this.tree), this.file);
  }

  /** The whole experiment with every default, and after each value a comment that tells where it comes from. */
  toYaml(): string {
    return printYaml(this.experiment, (path) => {
      const ends = [path, [...path, 0], [...path, 'type']]; // a list or a map on one line has the origin of its first value
      const origin = ends.map((end) => this.origins.get(end.join('.'))).find((found) => found !== undefined);
      return origin === undefined ? undefined : formatOrigin(origin);
    });
  }

  /** The whole experiment with every default and without `extends`: a config that loads to the same experiment. */
  toPlainYaml(): string {
    return printYaml(this.experiment);
  }
}
