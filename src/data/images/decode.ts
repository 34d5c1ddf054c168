import { availableParallelism } from 'node:os';
import type { Sharp, default as SharpModule } from 'sharp';
import { UserError } from '../../errors.js';
import { isPlainYcbcr, isTiff } from './tiff.js';

/** What pictures are made to. */
export interface PictureFormat {
  readonly height: number;
  readonly width: number;
  readonly resizeMode: 'stretch' | 'cover' | 'contain' | 'crop';
  readonly color: 'rgb' | 'greyscale';
  /** `#rrggbb`, behind what is transparent and beside what is too small. */
  readonly background: string;
  readonly maxPixels: number;
}

/** What is wrong with a picture, in words that go on after its name. */
export class PictureError extends Error {
  readonly hint: string | undefined;
  /** Whether the words may be those of another picture, decoded at the same time: libvips gathers its complaints in one place. */
  readonly isUnsure: boolean;

  constructor(message: string, hint?: string, isUnsure = false) {
    super(message);
    this.hint = hint;
    this.isUnsure = isUnsure;
  }
}

export const channelsOf = ({ color }: Pick<PictureFormat, 'color'>): number => (color === 'rgb' ? 3 : 1);

/** Loads the library that decodes pictures, which takes some time: only where pictures are decoded. */
export async function loadSharp(): Promise<typeof SharpModule> {
  try {
    const { default: sharp } = await import('sharp');
    // Each picture is decoded once. Those of libuv's threads that decode side by side need few threads of their own.
    sharp.cache(false);
    sharp.concurrency(Math.ceil(availableParallelism() / 4));
    return sharp;
  } catch (cause) {
    throw new UserError(`sharp, which reads pictures, cannot be loaded: ${(cause as Error).message}`, {
      hint: 'npm install sharp; it is made for Linux, macOS and Windows on x64 and arm64',
      cause,
    });
  }
}

/**
 * Decodes a picture to bytes `[height, width, channels]` of sRGB: turned as its camera says, the first one of a file that has several,
 * colours of other spaces and 16 bits converted, and put on the background where it is transparent.
 * @throws PictureError if it is no picture, damaged, cut off or too large
 */
export async function decodePicture(sharp: typeof SharpModule, bytes: Uint8Array, format: PictureFormat): Promise<Uint8Array> {
  const { height, width, maxPixels } = format;
  const input = { failOn: 'error', limitInputPixels: maxPixels, autoOrient: true } as const;
  try {
    if (isTiff(bytes)) await checkSamples(sharp, bytes, input);
    const picture = sharp(bytes, input).flatten({ background: format.background });
    const sized = format.resizeMode === 'crop' ? await cropped(sharp, picture, bytes, format, input) : resized(picture, format);
    const { data, info } = await sized.toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    if (info.height === height && info.width === width && info.channels === 3)
      return format.color === 'rgb' ? data : greyOf(data);
    throw new PictureError(`has ${info.channels} channels after decoding, expected 3`, 'convert it to RGB or greyscale');
  } catch (error) {
    throw error instanceof PictureError ? error : await explain(sharp, bytes, error as Error, maxPixels);
  }
}

/**
 * The grey of each pixel: `0.299 red + 0.587 green + 0.114 blue` (ITU-R BT.601), as `random_greyscale`, Pillow and OpenCV have it; libvips
 * would weigh the light that they stand for.
 */
function greyOf(colours: Uint8Array): Uint8Array {
  const grey = new Uint8Array(colours.length / 3);
  // Whole numbers of 16 bits that add up to 1, so that what is grey stays what it is.
  for (let i = 0, at = 0; i < grey.length; i++, at += 3) {
    grey[i] = (19595 * colours[at]! + 38470 * colours[at + 1]! + 7471 * colours[at + 2]! + 32768) >>> 16;
  }
  return grey;
}

interface Input {
  readonly failOn: 'error';
  readonly limitInputPixels: number;
  readonly autoOrient: true;
}

function resized(picture: Sharp, { height, width, resizeMode, background }: PictureFormat): Sharp {
  const fit = ({ stretch: 'fill', cover: 'cover', contain: 'contain', crop: 'cover' } as const)[resizeMode];
  return picture.resize(width, height, { fit, background });
}

/** The middle of it, in its own size. */
async function cropped(
  sharp: typeof SharpModule,
  picture: Sharp,
  bytes: Uint8Array,
  format: PictureFormat,
  input: Input,
): Promise<Sharp> {
  const { height, width, background } = format;
  const { autoOrient: own } = await sharp(bytes, input).metadata();
  const [kept, start] = [
    { width: Math.min(width, own.width), height: Math.min(height, own.height) },
    { left: Math.floor(Math.max(0, own.width - width) / 2), top: Math.floor(Math.max(0, own.height - height) / 2) },
  ];
  const [left, top] = [Math.floor((width - kept.width) / 2), Math.floor((height - kept.height) / 2)];
  const right = width - kept.width - left;
  const bottom = height - kept.height - top;
  return picture.extract({ ...start, ...kept }).extend({ left, top, right, bottom, background });
}

/** TIFF files may hold measurements, which are no brightness between 0 and 255 or 65535, or colours that libvips takes for red, green and blue. */
async function checkSamples(sharp: typeof SharpModule, bytes: Uint8Array, input: Input): Promise<void> {
  const { depth, channels } = await sharp(bytes, input).metadata();
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw new PictureError(`has values of type ${depth}, expected whole numbers of 8 or 16 bits`, 'convert it');
  }
  if (isPlainYcbcr(bytes)) throw new PictureError('has colours as YCbCr without JPEG, which are not read', 'convert it to RGB');
  if (channels > 5) throw new PictureError(`has ${channels} channels`, 'convert it to RGB or greyscale');
}

/** An error of the library in a sentence. */
async function explain(
  sharp: typeof SharpModule,
  bytes: Uint8Array,
  { message }: Error,
  maxPixels: number,
): Promise<PictureError> {
  if (bytes.length === 0) return new PictureError('is empty');
  if (message.includes('unsupported image format')) {
    const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
    const isText = /^[\t\n\r -~]+$/.test(start);
    return new PictureError(
      isText ? `is no picture: it begins with ${JSON.stringify(start)}` : 'is no picture of a kind that is read',
      'PNG, JPEG, WebP, AVIF, GIF, TIFF and SVG are read, whatever the name ends with',
    );
  }
  if (message.includes('exceeds pixel limit')) {
    const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
    const hint = 'nothing of it was decoded; raise `max_pixels` if it is meant to be so large';
    return new PictureError(`has ${width} x ${height} pixels, more than max_pixels, ${maxPixels}`, hint);
  }
  const said = message.split('\n').filter((line) => !line.startsWith('source: bad seek'));
  const first = (said[0] ?? message).replace(/^Input buffer has corrupt header: /, '');
  return new PictureError(`is damaged or cut off: ${first}`, undefined, true);
}
