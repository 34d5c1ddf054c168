import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './files/temporary-folder.js';

const script = fileURLToPath(new URL('../.config/is-built.js', import.meta.url));
const sources = ['src/cli/main.ts', 'src/backends/cpu/kernels/runtime.ts', 'package.json', 'package-lock.json', 'tsconfig.json'];
const results = ['dist/kernels/plain.wasm', 'dist/kernels/relaxed.wasm', 'dist/cli/main.js'];

/** A copy of the project in outline, built at second 200 from sources of second 100. */
function builtProject() {
  const root = temporaryFolder();
  cpSync(script, join(root, '.config/is-built.js'));
  const touch = (path: string, second: number): void => utimesSync(join(root, path), second, second);
  for (const path of [...sources, ...results]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '{ "type": "module" }'); // which package.json must say
  }
  for (const path of sources) for (let at = path; at !== '.'; at = dirname(at)) touch(at, 100);
  for (const path of results) touch(path, 200);
  const isBuilt = (): boolean => spawnSync(process.execPath, [join(root, '.config/is-built.js')]).status === 0;
  return { root, touch, isBuilt };
}

describe('the check that spares a second build', () => {
  it('passes where everything built is newer than every source', () => expect(builtProject().isBuilt()).toBe(true));

  it.each(sources)('fails after a change of %s', (path) => {
    const { touch, isBuilt } = builtProject();
    touch(path, 300);
    expect(isBuilt()).toBe(false);
  });

  it.each(results)('fails without %s, and where it is older', (path) => {
    const { root, touch, isBuilt } = builtProject();
    touch(path, 50);
    expect(isBuilt()).toBe(false);
    rmSync(join(root, path));
    expect(isBuilt()).toBe(false);
  });

  it('fails after a source was removed', () => {
    const { root, isBuilt } = builtProject();
    rmSync(join(root, 'src/cli/main.ts'));
    expect(isBuilt()).toBe(false);
  });
});
