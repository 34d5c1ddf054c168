import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.js';
import { fileError, systemErrorCode } from './file-error.js';
import { readJsonFile, writeJsonFile } from './json-file.js';

/** The version of the run folder's layout, kept in `run.json`; raised when a file moves or changes its meaning. */
export const layoutVersion = 1;

/** Where the files of a run lie. Event files (`events.out.tfevents.*`) lie in the run folder itself. */
export interface RunPaths {
  /** What makes the folder a run: layout version, name, time of creation. */
  run: string;
  /** The resolved config. */
  config: string;
  environment: string;
  /** What the fields of the data set are: shapes, classes and what these are called. */
  data: string;
  metrics: string;
  summary: string;
  checkpoints: string;
  /** What `--resume` continues from. */
  lastCheckpoint: string;
  /** The best one by the monitored metric. */
  bestCheckpoint: string;
}

export interface Run {
  folder: string;
  name: string;
  /** When the run was created, ISO 8601. */
  created: string;
  paths: RunPaths;
}

export interface NewRun {
  /** The folder that holds all runs, `runs` unless given. */
  root?: string;
  name: string;
  /** Exactly this folder instead of a numbered one. */
  directory?: string;
}

export function runPaths(folder: string): RunPaths {
  const checkpoints = join(folder, 'checkpoints');
  return {
    run: join(folder, 'run.json'),
    config: join(folder, 'config.yaml'),
    environment: join(folder, 'environment.json'),
    data: join(folder, 'data.json'),
    metrics: join(folder, 'metrics.jsonl'),
    summary: join(folder, 'summary.json'),
    checkpoints,
    lastCheckpoint: join(checkpoints, 'last.safetensors'),
    bestCheckpoint: join(checkpoints, 'best.safetensors'),
  };
}

/**
 * Creates the folder of a new run: `<root>/<name>-001`, or the next number, or exactly `directory`. An existing folder is
 * never used, and two processes that start at once get two folders.
 *
 * @throws UserError if `directory` exists, the name is no folder name, or the folder cannot be written
 */
export function createRun({ root = 'runs', name, directory }: NewRun): Run {
  checkName(name);
  const folder = directory === undefined ? createNumbered(root, name) : createExactly(directory);
  const run: Run = { folder, name, created: new Date().toISOString(), paths: runPaths(folder) };
  try {
    mkdirSync(run.paths.checkpoints);
    writeJsonFile(run.paths.run, { layout_version: layoutVersion, name, created: run.created });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true }); // It was made a moment ago, by this process.
    throw fileError('create the run folder', folder, error);
  }
  return run;
}

/**
 * Opens the folder of an earlier run.
 *
 * @throws UserError if it does not exist, is no run folder, or has another layout version
 */
export function openRun(folder: string): Run {
  const paths = runPaths(folder);
  if (!existsSync(folder)) {
    throw new UserError(`there is no run folder ${folder}`, { hint: existingRuns(dirname(folder)), exit: 'usage' });
  }
  if (!existsSync(paths.run)) {
    throw new UserError(`${folder} is not a run folder: it has no run.json`, {
      hint: 'Give the folder that training wrote, for example runs/mnist-cnn-001.',
      exit: 'usage',
    });
  }
  const { layout_version: version, name, created } = readJsonFile(paths.run);
  if (version !== layoutVersion) {
    throw new UserError(`${paths.run} has layout_version ${JSON.stringify(version)}, and this version reads ${layoutVersion}`, {
      hint: 'Use the version of this program that wrote it; environment.json in the run folder names it.',
    });
  }
  if (typeof name !== 'string' || typeof created !== 'string') {
    throw new UserError(`${paths.run} has no ${typeof name === 'string' ? 'created' : 'name'}, and a string was expected`, {
      hint: 'The file was probably edited; restore it from a copy.',
    });
  }
  return { folder, name, created, paths };
}

/** The run of this name with the highest number, or undefined if there is none. Folders that are no runs are passed over. */
export function newestRun(root: string, name: string): Run | undefined {
  const numbers = runNumbers(root, name).sort((a, b) => b - a);
  const folder = numbers.map((number) => numberedFolder(root, name, number)).find((path) => existsSync(runPaths(path).run));
  return folder === undefined ? undefined : openRun(folder);
}

function checkName(name: string): void {
  // What one of the supported systems does not take in a folder name, and what a command line would read as a flag.
  if (/^[^<>:"/\\|?*\u0000-\u001f]+$/.test(name) && !/^[-.]|[. ]$/.test(name)) return;
  throw new UserError(`${JSON.stringify(name)} cannot name a run, as no folder can have this name`, {
    hint: 'Use letters, digits, "-" and "_", for example mnist-cnn.',
    exit: 'usage',
  });
}

/**
 * Creates the folder `<root>/<name>-001`, or the next number.
 * @throws UserError if it cannot be made
 */
export function createNumbered(root: string, name: string): string {
  try {
    makeFolders(root);
    for (let number = Math.max(0, ...runNumbers(root, name)) + 1; ; number++) {
      const folder = numberedFolder(root, name, number);
      if (makeFolder(folder)) return folder;
    }
  } catch (error) {
    throw fileError('create a run folder in', root, error, 'Give another folder with --run DIR.');
  }
}

function createExactly(directory: string): string {
  try {
    makeFolders(dirname(directory));
    if (makeFolder(directory)) return directory;
  } catch (error) {
    throw fileError('create the run folder', directory, error);
  }
  const isRun = existsSync(runPaths(directory).run);
  throw new UserError(`${directory} exists already, and ${isRun ? 'a run' : 'a folder'} is never overwritten`, {
    hint: isRun ? `Continue it with --resume ${directory}, or give another --run DIR.` : 'Give another --run DIR.',
    exit: 'usage',
  });
}

/**
 * Makes a folder and those above it. Not `mkdirSync(…, { recursive: true })`: in a folder that answers ENOENT to every new
 * name, such as /proc, Node 20 tries again for ever.
 */
function makeFolders(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(folder) !== folder) makeFolders(dirname(folder));
  // The name may be taken by a process that starts at the same time, which is as good, or by a file, which is not.
  if (!makeFolder(folder) && !statSync(folder).isDirectory()) mkdirSync(folder);
}

/** Makes a folder, or returns false if the name is taken: the one call in which the system tells two processes apart. */
function makeFolder(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function numberedFolder(root: string, name: string, number: number): string {
  return join(root, `${name}-${String(number).padStart(3, '0')}`);
}

/** The numbers taken by this name, in no order. */
function runNumbers(root: string, name: string): number[] {
  return folderNames(root)
    .filter((entry) => entry.startsWith(`${name}-`))
    .map((entry) => entry.slice(name.length + 1))
    .filter((number) => /^\d{3,9}$/.test(number))
    .map(Number);
}

function folderNames(root: string): string[] {
  try {
    return readdirSync(root);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw fileError('read', root, error);
  }
}

/** Says which runs lie where one was looked for. */
function existingRuns(root: string): string {
  const isFolder = statSync(root, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const runs = isFolder ? folderNames(root).filter((name) => existsSync(runPaths(join(root, name)).run)) : [];
  if (runs.length === 0)
    return `No run was found in ${root === '.' ? 'this folder' : root}; give the folder that training wrote.`;
  const shown = runs
    .sort()
    .slice(-5)
    .map((name) => join(root, name));
  return `Runs in ${root}: ${shown.join(', ')}${runs.length > shown.length ? ' and earlier ones' : ''}.`;
}
