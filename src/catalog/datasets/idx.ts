import { resolve } from 'node:path';
import { z } from 'zod';
import { formatShape, readIdx, readIdxHeader, requireMd5, requireRank, type IdxFile, type IdxHeader } from '../../data/idx.js';
import { UserError } from '../../errors.js';
import { classification, defineDataset, type DatasetInfo, type Examples, type LoadedDataset } from '../dataset.js';
import { picturesLikeStored } from '../new-pictures.js';

/** The four files of a data set, by the keys that name them in YAML. */
export const idxRoles = ['train_images', 'train_labels', 'test_images', 'test_labels'] as const;
export type IdxRole = (typeof idxRoles)[number];
export type IdxPaths = Record<IdxRole, string>;
export type IdxChecksums = Partial<Record<IdxRole, string | undefined>>;

const md5 = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'expected an MD5: 32 hexadecimal digits, lower case')
  .optional();

export const idx = defineDataset({
  type: 'idx',
  summary: 'Images and their classes in IDX files, the format of MNIST, plain or compressed with gzip.',
  options: z.object({
    train_images: z
      .string()
      .min(1)
      .describe('Path from the folder of the config; sizes [records, height, width], with or without channels.'),
    train_labels: z.string().min(1).describe('Path of the classes of the training images, one byte each.'),
    test_images: z.string().min(1).describe('Path of the images to test on, of the same size.'),
    test_labels: z.string().min(1).describe('Path of the classes of the test images.'),
    classes: z.int().min(2).max(256).default(10).describe('Labels run from 0 to classes - 1.'),
    checksums: z
      .strictObject({ train_images: md5, train_labels: md5, test_images: md5, test_labels: md5 })
      .optional()
      .describe('MD5 of each uncompressed file, checked when it is read.'),
  }),
  async describe(options, context) {
    return describeIdx(resolvePaths(options, context.folder), options.classes);
  },
  async load(options, context) {
    const hint = 'The file is not the one the config means: replace it, or correct `checksums`.';
    return loadIdx(resolvePaths(options, context.folder), options.classes, options.checksums ?? {}, hint);
  },
  newRecords: picturesLikeStored,
});

/**
 * Reads the headers of four IDX files.
 * @throws UserError if a file is missing or wrong, sizes or counts do not match, or there are no records.
 */
export function describeIdx(paths: IdxPaths, classes: number): DatasetInfo {
  return match(
    eachRole((role) => readIdxHeader(paths[role])),
    classes,
  );
}

/**
 * Reads four IDX files and checks every label.
 * @param checksums MD5 of the uncompressed files, for those that are to be checked
 * @param checksumHint what to do about a wrong checksum
 * @throws UserError as `describeIdx`, and for a wrong checksum or a label outside `0 … classes - 1`.
 */
export function loadIdx(paths: IdxPaths, classes: number, checksums: IdxChecksums, checksumHint: string): LoadedDataset {
  describeIdx(paths, classes); // what the headers show is said before anything large is read
  const files = eachRole((role) => {
    const file = readIdx(paths[role]);
    const expected = checksums[role];
    if (expected !== undefined) requireMd5(file, expected, checksumHint);
    return file;
  });
  return {
    info: match(files, classes),
    train: examples(files.train_images, files.train_labels, classes),
    test: examples(files.test_images, files.test_labels, classes),
    provenance: idxRoles.map((role) => ({ file: files[role].path, md5: files[role].md5 })),
  };
}

/** Something for each of the four files, in their order. */
export function eachRole<Value>(make: (role: IdxRole) => Value): Record<IdxRole, Value> {
  return Object.fromEntries(idxRoles.map((role) => [role, make(role)])) as Record<IdxRole, Value>;
}

function resolvePaths(options: IdxPaths, folder: string): IdxPaths {
  return eachRole((role) => resolve(folder, options[role]));
}

function match(headers: Record<IdxRole, IdxHeader>, classes: number): DatasetInfo {
  const trainLength = matchPair(headers.train_images, headers.train_labels);
  const testLength = matchPair(headers.test_images, headers.test_labels);
  const inputShape = recordShape(headers.train_images);
  const testShape = recordShape(headers.test_images);
  if (formatShape(inputShape) !== formatShape(testShape)) {
    const { train_images: train, test_images: test } = headers;
    throw new UserError(
      `${test.path}: images are ${formatShape(testShape)}, but in ${train.path} they are ${formatShape(inputShape)}`,
      {
        hint: 'Training and test images must have one size.',
      },
    );
  }
  return classification(inputShape, classes, { trainLength, testLength });
}

function matchPair(images: IdxHeader, labels: IdxHeader): number {
  requireRank(images, [2, 3, 4], 'images ([records, height, width], with or without channels, or [records, features])');
  requireRank(labels, [1], 'labels of rank 1 ([records])');
  const [records = 0] = images.shape;
  const [labelled = 0] = labels.shape;
  if (records !== labelled) {
    throw new UserError(`${images.path} has ${records} images, but ${labels.path} has ${labelled} labels`, {
      hint: 'Both must have one entry per record, in the same order.',
    });
  }
  if (records === 0) throw new UserError(`${images.path}: has no records, expected at least one`);
  if (images.dataBytes === 0)
    throw new UserError(`${images.path}: images of ${formatShape(images.shape.slice(1))} have no values`);
  return records;
}

/** Greyscale images have no axis for the channel in IDX files; layers expect one. */
function recordShape(images: IdxHeader): number[] {
  const shape = images.shape.slice(1);
  return shape.length === 2 ? [...shape, 1] : shape;
}

function examples(images: IdxFile, labels: IdxFile, classes: number): Examples {
  const record = labels.data.findIndex((label) => label >= classes);
  if (record >= 0) {
    const found = labels.data[record];
    throw new UserError(`${labels.path}: record ${record} (counted from 0) has label ${found}, expected 0 … ${classes - 1}`, {
      hint: 'Set `classes` to the number of classes, or correct the label.',
    });
  }
  return { length: labels.data.length, columns: { input: { values: images.data }, target: { values: labels.data } } };
}
