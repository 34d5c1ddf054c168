import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import {
  checkPublishedHeader,
  downloadPublished,
  findPublished,
  placeByHand,
  type FoundFiles,
  type PublishedFile,
  type PublishedIdx,
} from '../data/published.js';
import { UserError } from '../errors.js';
import { classification, defineDataset, type DatasetContext, type DatasetDefinition, type DatasetInfo } from './dataset.js';
import { eachRole, idxRoles, loadIdx, type IdxPaths, type IdxRole } from './datasets/idx.js';
import { picturesLikeStored } from './new-pictures.js';
import { type PublishedSources, largestAnswer } from './published-sources.js';

/** A folder of an installed npm package. */
export function npmFolder(name: string, folder: string): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), folder);
  } catch {
    return undefined;
  }
}

/** One named data set of four IDX files. */
export interface PublishedDataset {
  type: string;
  summary: string;
  published: PublishedIdx<IdxRole>;
  /** What each class is called; without it they are numbers. */
  labels?: readonly string[];
  /** Another way to get the files, for the hint where they are nowhere. */
  otherwise?: string;
}

/** The data set, found or downloaded with what `from` gives. */
export function definePublished(set: PublishedDataset, from: PublishedSources): DatasetDefinition {
  const { published, labels } = set;
  const classes = labels?.length ?? 10;
  return defineDataset({
    type: set.type,
    summary: set.summary,
    options: z.object({
      folder: z
        .string()
        .min(1)
        .optional()
        .describe(
          `Where the four IDX files are; without it they are looked for in data/${published.folder}, an installed package and the cache, then downloaded.`,
        ),
    }),
    async describe({ folder }, context) {
      const paths = locate(published, from, folder, context);
      if (paths !== undefined) checkHeaders(published, paths);
      return publishedInfo(published, classes, labels);
    },
    async load({ folder }, context) {
      const paths =
        locate(published, from, folder, context, (line) => context.log(line)) ?? (await fromMirrors(set, from, context));
      checkHeaders(published, paths);
      const checksums = eachRole((role) => published.files[role].md5);
      const hint =
        folder === undefined
          ? 'Delete the file: another copy is then looked for, or downloaded.'
          : 'Delete the file and put the published one in its place.';
      const loaded = loadIdx(paths, classes, checksums, hint);
      return { ...loaded, info: publishedInfo(published, classes, labels) };
    },
    newRecords: picturesLikeStored,
  });
}

/**
 * The first folder that holds all four files, in the order that the option `folder` describes.
 * @returns nothing if they must be downloaded
 * @throws UserError if `folder` lacks a file
 */
function locate(
  published: PublishedIdx<IdxRole>,
  from: PublishedSources,
  folder: string | undefined,
  context: DatasetContext,
  log?: (line: string) => void,
): IdxPaths | undefined {
  if (folder !== undefined) {
    const found = findPublished(published, resolve(context.folder, folder));
    if (found.missing.length === 0) return found.paths as IdxPaths;
    throw new UserError(`${found.folder}: ${describeMissing(published, found)}`, {
      hint: `${placeByHand(published, found.missing, found.folder)} Without \`folder\` they are looked for elsewhere and downloaded.`,
      exit: 'usage',
    });
  }
  const cache = join(context.cache, published.folder);
  for (const candidate of candidateFolders(published, from, context)) {
    const found = findPublished(published, candidate);
    if (found.missing.length === 0) return found.paths as IdxPaths;
    // What the cache lacks is downloaded: there is nothing to tell.
    const partial = found.missing.length < idxRoles.length && candidate !== cache;
    if (partial) log?.(`${candidate} is not used: ${describeMissing(published, found)}`);
  }
  return undefined;
}

function checkHeaders(set: PublishedIdx<IdxRole>, paths: IdxPaths): void {
  for (const role of idxRoles) checkPublishedHeader(set.title, set.files[role], paths[role]);
}

function candidateFolders(published: PublishedIdx<IdxRole>, from: PublishedSources, context: DatasetContext): string[] {
  const name = published.folder;
  const near = [context.folder, dirname(context.folder), from.workingFolder()].map((folder) => join(folder, 'data', name));
  const installed = from.packageFolder();
  return [...new Set([...near, ...(installed === undefined ? [] : [installed]), join(context.cache, name)])];
}

function describeMissing(set: PublishedIdx<IdxRole>, found: FoundFiles<IdxRole>): string {
  return `expected the ${idxRoles.length} files of ${set.title}, but ${found.missing.map((role) => set.files[role].name).join(', ')} not found`;
}

async function fromMirrors(
  { published, otherwise }: PublishedDataset,
  { fetch, stallMs }: PublishedSources,
  context: DatasetContext,
): Promise<IdxPaths> {
  return downloadPublished(published, findPublished(published, join(context.cache, published.folder)), {
    fetch,
    stallMs,
    maxBytes: largestAnswer,
    log: (line) => context.log(line),
    placeFolder: join(context.folder, 'data', published.folder),
    otherwise,
  });
}

function publishedInfo({ files }: PublishedIdx<IdxRole>, classes: number, labels: readonly string[] | undefined): DatasetInfo {
  const [trainLength = 0, height = 0, width = 0] = files.train_images.shape;
  const [testLength = 0] = files.test_images.shape;
  return classification([height, width, 1], classes, { trainLength, testLength }, labels);
}

/**
 * The four files under the names that MNIST gave them, 60,000 + 10,000 pictures of 28 × 28.
 * @param md5 of the uncompressed files
 */
export function mnistFiles(md5: Record<IdxRole, string>): Record<IdxRole, PublishedFile> {
  return {
    train_images: file('train-images', [60000, 28, 28], md5.train_images),
    train_labels: file('train-labels', [60000], md5.train_labels),
    test_images: file('t10k-images', [10000, 28, 28], md5.test_images),
    test_labels: file('t10k-labels', [10000], md5.test_labels),
  };
}

/** Copies are also kept with a dot in place of the second dash. */
function file(stem: string, shape: readonly number[], md5: string): PublishedFile {
  const kind = `idx${shape.length}-ubyte`;
  return { name: `${stem}-${kind}`, otherNames: [`${stem}.${kind}`], md5, shape };
}
