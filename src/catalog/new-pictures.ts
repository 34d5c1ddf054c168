import { join } from 'node:path';
import { type PictureFormat, channelsOf } from '../data/images/decode.js';
import { decodePictures } from '../data/images/decoded.js';
import type { Field } from '../data/field.js';
import { listNewFiles, requireRecords } from '../data/new-files.js';
import { type OnError, Skipped } from '../data/skipped.js';
import { UserError } from '../errors.js';
import type { DatasetContext, FittedContext, NewRecords, NewRecordsReader } from './dataset.js';
import { storedInputs } from './stored-inputs.js';

/** What files hold pictures. */
export const pictureFiles = {
  endings: ['.png', '.jpg', '.jpeg', '.jpe', '.jfif', '.webp', '.avif', '.gif', '.tif', '.tiff', '.svg'],
  unreadable: ['.bmp', '.heic', '.heif', '.ico', '.jp2', '.jxl', '.pbm', '.pgm', '.ppm', '.psd', '.tga'],
  called: 'pictures',
  one: 'picture',
  column: 'image',
};

/** What of a data set's options says how pictures become records. */
export interface NewPictureOptions {
  readonly format: PictureFormat;
  /** Bytes that decoded pictures may take; if they take more, they are in a file until the end. */
  readonly memory: number;
  /** Nothing for data sets that have no such option. */
  readonly onError?: OnError | undefined;
}

/** Pictures in files and folders as records of the input `input`, `[height, width, channels]`. */
export async function readNewPictures(
  paths: readonly string[],
  { format, memory, onError }: NewPictureOptions,
  context: DatasetContext,
): Promise<NewRecords> {
  const bad = new Skipped(onError);
  const files = listNewFiles(paths, pictureFiles, bad);
  const decoded = await decodePictures(files, {
    format,
    memory,
    folder: join(context.cache, 'prepared'),
    keep: false,
    bad,
    log: (line) => context.log(line),
  });
  const kept = files.filter((_, i) => !decoded.skipped.has(i));
  const notes = bad.lines();
  requireRecords(kept.length, notes, pictureFiles.called);
  const input: Field = { kind: 'number', shape: [format.height, format.width, channelsOf(format)] };
  const { columns, ...reader } = decoded.records('input', 0, kept.length);
  return {
    inputs: { input },
    records: { length: kept.length, columns, ...reader },
    names: kept.map(({ path }) => path),
    named: 'file',
    notes,
  };
}

const megabytes = 2 ** 20;

/** For data sets that hold pictures in another way: files are brought to their size and colours, on black where they are transparent. */
export const picturesLikeStored: NewRecordsReader = {
  from: 'PNG, JPEG, WebP, AVIF, GIF, TIFF, SVG, NPY or NPZ',
  read(_, paths, context) {
    return readNewPictures(paths, { format: formatOf(context), memory: 512 * megabytes }, context);
  },
};

/** @throws UserError where records are no pictures of one or three channels */
function formatOf({ fitted }: FittedContext): PictureFormat {
  const shape = storedInputs(fitted)['input']?.shape ?? [];
  const [height, width, channels, ...more] = shape;
  if (height !== undefined && width !== undefined && (channels === 1 || channels === 3) && more.length === 0) {
    const color = channels === 1 ? 'greyscale' : 'rgb';
    return { height, width, resizeMode: 'stretch', color, background: '#000000', maxPixels: 100_000_000 };
  }
  throw new UserError(`the model does not read pictures: its records are [${shape.join(', ')}]`, {
    hint: 'give an NPY file of such records',
    exit: 'usage',
  });
}
