import { spawnSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll } from 'vitest';

const project = new URL('../..', import.meta.url).pathname;

/** What a script in a child process starts with: the folder's modules, and errors printed as `UserError: message`. */
const preamble = `
import { saveCheckpoint, loadCheckpoint } from './src/files/checkpoint.js';
import { EventLog } from './src/files/event-log.js';
import { MetricsLog } from './src/files/metrics-log.js';
import { createRun } from './src/files/run-folder.js';
process.on('uncaughtException', (error) => { console.log(error.name + ': ' + error.message); process.exit(1); });
`;

let compiled: string | undefined;

/** The modules as JavaScript, which a plain Node process can load: limits and kills need a process of their own. */
function compiledModules(): string {
  if (compiled !== undefined) return compiled;
  compiled = mkdtempSync(join(tmpdir(), 'nn-test-modules-'));
  const sources = readdirSync(join(project, 'src/files')).map((name) => `src/files/${name}`);
  mkdirSync(join(compiled, 'src/files'), { recursive: true });
  for (const source of [...sources, 'src/errors.ts', 'src/shape.ts'].filter((name) => !name.endsWith('.d.ts'))) {
    const { outputText } = ts.transpileModule(readFileSync(join(project, source), 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    });
    writeFileSync(join(compiled, source.replace(/\.ts$/, '.js')), outputText);
  }
  cpSync(join(project, 'package.json'), join(compiled, 'package.json'));
  symlinkSync(join(project, 'node_modules'), join(compiled, 'node_modules'));
  return compiled;
}

afterAll(() => {
  if (compiled !== undefined) rmSync(compiled, { recursive: true, force: true });
  compiled = undefined;
});

function scriptFile(script: string): string {
  const path = join(compiledModules(), `script-${process.hrtime.bigint()}.mjs`);
  writeFileSync(path, preamble + script);
  return path;
}

/** Runs a script to its end, after `setup` in the same shell (for example `ulimit -f 8`, in blocks of 512 or 1024 bytes). */
export function runUnder(setup: string, script: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('sh', ['-c', `${setup} && exec "$0" "$1"`, process.execPath, scriptFile(script)], { encoding: 'utf8' });
}

/** Starts a script and lets it run. */
export function start(script: string): ChildProcess {
  return spawn(process.execPath, [scriptFile(script)], { stdio: ['ignore', 'pipe', 'inherit'] });
}
