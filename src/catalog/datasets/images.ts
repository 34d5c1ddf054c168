import { join } from 'node:path';
import { z } from 'zod';
import type { Examples } from '../../data/field.js';
import { type PictureFormat, channelsOf } from '../../data/images/decode.js';
import { decodePictures } from '../../data/images/decoded.js';
import { type FileWithTarget as Picture, type Listing, cutFiles, listFiles } from '../../data/labelled-files.js';
import { type DatasetContext, type DatasetInfo, type LoadedDataset, defineDataset, logNotes } from '../dataset.js';
import { pair } from '../fields.js';
import { fileNames, fileTarget, lostClasses, requireSome, targetsOf } from '../file-targets.js';
import { pictureFiles, readNewPictures } from '../new-pictures.js';
import { obtain } from '../obtain.js';
import { guessTarget, targetOption } from '../table-target.js';

const options = z.object({
  path: z
    .string()
    .min(1)
    .describe(
      'A folder with a folder of pictures for each class, or two such folders called train and test; or a table as for `table`, with a ' +
        'column of paths, which start at the folder of the table. From the folder of the config, or npm:<package>/<path>.',
    ),
  obtain,
  test: z
    .union([z.number().gt(0).lt(1), z.string().min(1)])
    .optional()
    .describe(
      'The part of the pictures that is kept for the test, chosen by their content, or the path of another folder or table; by default the ' +
        'folder test, or 0.2.',
    ),
  seed: z.int().nonnegative().default(0).describe('Another number makes another split.'),
  table: z
    .string()
    .min(1)
    .optional()
    .describe('For a table in a database of SQLite: the table or view; by default its only one.'),
  query: z.string().min(1).optional().describe('For a table: SQL over its rows, as for `table`.'),
  image: z.string().min(1).optional().describe('For a table: the column of paths, by default image.'),
  target: targetOption.optional().describe('For a table: the column that is to be told, by default label.'),
  image_size: pair().describe('What pictures are made to: one number for both sides, or [height, width].'),
  resize_mode: z
    .enum(['stretch', 'cover', 'contain', 'crop'])
    .default('stretch')
    .describe(
      'stretch: to the size, whatever the sides were; cover: until it is filled, of which the middle is kept; contain: until it fits, with ' +
        'the background beside it; crop: the middle, not resized.',
    ),
  color: z.enum(['rgb', 'greyscale']).default('rgb').describe('Three channels, or one: 0.299 red + 0.587 green + 0.114 blue.'),
  background: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, 'expected a colour such as "#ffffff"')
    .default('#ffffff')
    .describe('Behind what is transparent, and beside what is too small.'),
  on_error: z
    .enum(['fail', 'skip'])
    .default('fail')
    .describe('What becomes of a file that cannot be used: fail: an error; skip: left out, counted and listed.'),
  max_pixels: z
    .int()
    .positive()
    .default(100_000_000)
    .describe('A picture of more pixels is refused before any of it is decoded.'),
  memory_mb: z
    .number()
    .nonnegative()
    .default(512)
    .describe('Megabytes that pictures may take in memory. If they take more, they are put into a file and read from there.'),
  cache: z
    .boolean()
    .default(false)
    .describe(
      'Whether decoded pictures are kept in the cache folder, until somebody deletes them, and used again while files and options are the same.',
    ),
});
type Options = z.output<typeof options>;

/**
 * Pictures in folders that are called like their classes, or named by a table with a class or a number for each. Input: `[height, width,
 * channels]`, bytes of sRGB, of which each file is decoded once; target: the class, in the order of the names, or the number. The classes
 * are those of the training part; a checkpoint keeps them.
 */
export const images = defineDataset({
  type: 'images',
  summary: 'Pictures: PNG, JPEG, WebP, AVIF, GIF, TIFF or SVG, in a folder for each class or named by a table.',
  options,
  async describe(given, context) {
    described = { key: keyOf(given, context), listing: list(given, context) };
    const { listing } = described;
    listing.catch(() => (described = undefined));
    return infoOf(given, await listing);
  },
  async load(given, context) {
    const listing = await (described?.key === keyOf(given, context) ? described.listing : list(given, context));
    described = undefined;
    return load(given, listing, context);
  },
  newRecords: {
    from: 'PNG, JPEG, WebP, AVIF, GIF, TIFF or SVG',
    read(given, paths, context) {
      const options = { format: formatOf(given), memory: given.memory_mb * 2 ** 20, onError: given.on_error };
      return readNewPictures(paths, options, context);
    },
  },
});

function formatOf(given: Options): PictureFormat {
  const [height, width] = given.image_size;
  const { resize_mode: resizeMode, color, background, max_pixels: maxPixels } = given;
  return { height, width, resizeMode, color, background, maxPixels };
}

/** What was listed for its counts, until it is asked for. */
let described: { key: string; listing: Promise<Listing> } | undefined;
const keyOf = (given: Options, { folder, fitted, splitter }: DatasetContext): string => {
  const { type = 'random', column } = splitter?.plan ?? {};
  return JSON.stringify([given, folder, fitted?.dataset, type, column]);
};

const list = (given: Options, { folder, fitted, splitter }: DatasetContext): Promise<Listing> => {
  const known = fitted?.dataset as FittedImages | undefined;
  return listFiles(
    {
      ...given,
      wanted: pictureFiles,
      guess: guessTarget,
      pathColumn: given.image,
      onError: given.on_error,
      fitted: known,
      splitter,
    },
    folder,
  );
};

/** What a checkpoint keeps: the order of the classes; null where a number is told. */
interface FittedImages {
  readonly classes: readonly string[] | null;
}

function infoOf(
  given: Options,
  { train, test, classes }: Record<'train' | 'test', { length: number }> & Pick<Listing, 'classes'>,
): DatasetInfo {
  const [height, width] = given.image_size;
  return {
    inputs: { input: { kind: 'number', shape: [height, width, channelsOf(given)] } },
    targets: { target: fileTarget(classes) },
    trainLength: train.length,
    testLength: test.length,
  };
}

async function load(given: Options, listing: Listing, context: DatasetContext): Promise<LoadedDataset> {
  const log = (line: string): void => context.log(line);
  const decoded = await decodePictures([...listing.train, ...listing.test], {
    format: formatOf(given),
    memory: given.memory_mb * 2 ** 20,
    folder: join(context.cache, 'prepared'),
    keep: given.cache,
    bad: listing.bad,
    log,
  });
  const kept = {
    train: listing.train.filter((_, i) => !decoded.skipped.has(i)),
    test: listing.test.filter((_, i) => !decoded.skipped.has(listing.train.length + i)),
  };
  const notes = [...listing.remarks, ...listing.bad.lines(), ...lostClasses(kept, listing.classes, 'picture')];
  logNotes(context, notes);
  requireSome(kept, 'picture', listing.bad);
  const examples = (pictures: readonly Picture[], start: number): Examples => {
    const { columns, ...reader } = decoded.records('input', start, pictures.length);
    return { length: pictures.length, columns: { ...columns, target: targetsOf(pictures, listing.classes) }, ...reader };
  };
  const checksums = new Map([...kept.train, ...kept.test].map((picture, i) => [picture, decoded.md5[i]!]));
  return {
    info: infoOf(given, { ...kept, classes: listing.classes }),
    train: examples(kept.train, 0),
    test: examples(kept.test, kept.train.length),
    provenance: [...decoded.provenance, ...listing.bad.provenance()],
    notes,
    nameOf: fileNames(kept),
    ...cutFiles(kept, (picture) => checksums.get(picture)!, context.splitter),
    fitted: { classes: listing.classes ?? null } satisfies FittedImages,
  };
}
