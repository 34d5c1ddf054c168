import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../src', import.meta.url));

/** Kernels are AssemblyScript, compiled apart. */
const apart = 'backends/cpu/kernels/';

interface SourceFile {
  /** From src, with slashes: `catalog/layers/dense.ts`. */
  path: string;
  text: string;
  /** The files of ours that it imports, types included. */
  imports: string[];
  /** Those of them that are there at run time. */
  runTimeImports: string[];
}

function readSources(): SourceFile[] {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((path) => path.split(sep).join('/'));
  const sources = paths.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !path.startsWith(apart));
  return sources.map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const resolve = (name: string): string => {
      const target = join(root, dirname(path), name.replace(/\.js$/, '.ts'));
      return relative(root, target).split(sep).join('/');
    };
    const importsOf = (source: string): string[] => {
      const names = ts.preProcessFile(source, true, true).importedFiles.map(({ fileName }) => fileName);
      return names.filter((name) => name.startsWith('.')).map(resolve);
    };
    const withoutTypes = text.replace(/^(import|export) type [^;]*;$/gm, '');
    return { path, text, imports: importsOf(text), runTimeImports: importsOf(withoutTypes) };
  });
}

/** The first folder, or for a file in src itself its name: `errors`. */
const partOf = (path: string): string => path.split('/')[0]!.replace(/\.ts$/, '');

const base = ['errors', 'shape', 'random'];

/**
 * What each part may import besides itself: the way from a config to a run, in one direction. Whoever adds a part adds it here.
 */
const allowed: Record<string, readonly string[]> = {
  errors: [],
  shape: [],
  random: [],
  ops: base,
  program: ['ops', ...base],
  data: base,
  files: base,
  catalog: ['program', 'ops', 'data', ...base],
  spec: ['catalog', ...base],
  graph: ['spec', 'catalog', 'program', 'ops', ...base],
  backends: ['program', 'ops', ...base],
  train: ['backends', 'graph', 'spec', 'catalog', 'program', 'ops', 'data', 'files', ...base],
  cli: ['train', 'backends', 'graph', 'spec', 'catalog', 'program', 'ops', 'data', 'files', ...base],
};

/** Single files that may be imported from outside the order: interfaces without code. */
const exceptions = [{ from: 'data', to: 'catalog/dataset.ts' }];

const sources = readSources();
const byPath = new Map(sources.map((source) => [source.path, source]));

describe('imports', () => {
  it('lead to files that exist', () => {
    const missing = sources.flatMap(({ path, imports }) =>
      imports.filter((target) => !byPath.has(target) && !existsSync(join(root, target))).map((target) => `${path} -> ${target}`),
    );
    expect(missing).toEqual([]);
  });

  it('run one way between the parts of the program', () => {
    const wrong = sources.flatMap(({ path, imports }) => {
      const from = partOf(path);
      const allowedHere = allowed[from] ?? [];
      return imports
        .filter((target) => partOf(target) !== from && !allowedHere.includes(partOf(target)))
        .filter((target) => !exceptions.some((one) => one.from === from && one.to === target))
        .map((target) => `${path} -> ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('are governed for every part there is', () => {
    const parts = [...new Set(sources.map(({ path }) => partOf(path)))];
    expect(parts.filter((part) => !(part in allowed))).toEqual([]);
  });

  it('do not lead from one backend into another', () => {
    const backendOf = (path: string) => /^backends\/([^/]+)\//.exec(path)?.[1];
    const wrong = sources.flatMap(({ path, imports }) =>
      imports
        .filter(
          (target) => backendOf(path) !== undefined && backendOf(target) !== undefined && backendOf(path) !== backendOf(target),
        )
        .map((target) => `${path} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('never come round in a circle, but for types within one folder', () => {
    const targets = ({ path, imports, runTimeImports }: SourceFile): string[] => [
      ...runTimeImports,
      ...imports.filter((target) => dirname(target) !== dirname(path)),
    ];
    const state = new Map<string, 'open' | 'done'>();
    const circles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (state.get(path) === 'done') return;
      if (state.get(path) === 'open') {
        circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
        return;
      }
      state.set(path, 'open');
      const source = byPath.get(path);
      for (const target of source ? targets(source) : []) visit(target, [...trail, path]);
      state.set(path, 'done');
    };
    for (const { path } of sources) visit(path, []);
    expect(circles).toEqual([]);
  });
});

describe('the catalogue', () => {
  it('reaches every definition from the index of its kind', () => {
    const kinds = readdirSync(join(root, 'catalog'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const lost = kinds.flatMap(({ name }) => {
      const folder = `catalog/${name}/`;
      const reached = new Set<string>();
      const follow = (path: string): void => {
        if (reached.has(path)) return;
        reached.add(path);
        for (const target of byPath.get(path)?.imports ?? []) if (target.startsWith(folder)) follow(target);
      };
      follow(`${folder}index.ts`);
      return sources.map(({ path }) => path).filter((path) => path.startsWith(folder) && !reached.has(path));
    });
    expect(lost).toEqual([]);
  });
});

describe('source files', () => {
  it('have at most 400 lines', () => {
    const long = sources.filter(({ text }) => text.split('\n').length > 400).map(({ path }) => path);
    expect(long).toEqual([]);
  });
});
