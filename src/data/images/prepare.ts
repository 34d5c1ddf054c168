import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { ListedFile } from '../class-folders.js';
import type { Skipped } from '../skipped.js';
import { type PictureFormat, PictureError, decodePicture, loadSharp } from './decode.js';

/** Bytes of files that are read and not yet decoded: pictures of many megabytes wait for each other. */
const mostHeld = 64 * 2 ** 20;
/** Milliseconds between two lines that say how far it is. */
const tellEvery = 10_000;

interface Decoded {
  readonly record: Uint8Array;
  readonly md5: Buffer;
}

export interface SkippedPicture {
  readonly index: number;
  readonly reason: string;
  readonly hint?: string;
}

/** What is known of files that have been decoded. */
export interface PreparedPictures {
  /** Those that were left out, by their places, and why. */
  readonly skipped: readonly SkippedPicture[];
  /** MD5 of the content of each of the others. */
  readonly md5: readonly string[];
}

/**
 * Decodes pictures side by side and hands them on in their order. Only a few are in memory at a time.
 * @param bad takes those that cannot be decoded, have changed since they were listed, or change while they are read
 */
export async function preparePictures(
  files: readonly ListedFile[],
  format: PictureFormat,
  { bad, append, log }: { bad: Skipped; append(record: Uint8Array): void; log(line: string): void },
): Promise<PreparedPictures> {
  const sharp = await loadSharp();
  const decode = async (file: ListedFile): Promise<Decoded | PictureError> => {
    try {
      const bytes = await readUnchanged(file, format);
      return { record: await decodePicture(sharp, bytes, format), md5: createHash('md5').update(bytes).digest() };
    } catch (error) {
      if (error instanceof PictureError) return error;
      return new PictureError(`cannot be read: ${(error as Error).message}`);
    }
  };
  const ahead: { file: ListedFile; decoded: Promise<Decoded | PictureError> }[] = [];
  const mostAhead = 2 * availableParallelism() + 2;
  const [skipped, md5]: [SkippedPicture[], string[]] = [[], []];
  let [started, held, told] = [0, 0, Date.now()];
  for (let i = 0; i < files.length; i++) {
    while (started < files.length && ahead.length < mostAhead) {
      const file = files[started]!;
      if (ahead.length > 0 && held + file.size > mostHeld) break;
      ahead.push({ file, decoded: decode(file) });
      held += file.size;
      started++;
    }
    const { file, decoded } = ahead.shift()!;
    let outcome = await decoded;
    if (outcome instanceof PictureError && outcome.isUnsure) {
      await Promise.all(ahead.map((one) => one.decoded));
      outcome = await decode(file); // alone, to say what is wrong with this one
    }
    held -= file.size;
    if (outcome instanceof PictureError) {
      const { message: reason, hint } = outcome;
      const picture = { index: i, reason, ...(hint === undefined ? {} : { hint }) };
      bad.add(file.path, reason, picture);
      skipped.push(picture);
    } else {
      append(outcome.record);
      md5.push(outcome.md5.toString('hex'));
    }
    if (Date.now() - told < tellEvery) continue;
    log(`${i + 1} of ${files.length} pictures are decoded`);
    told = Date.now();
  }
  return { skipped, md5 };
}

/** The bytes of a file that is, before and after, what it was when it was listed. */
async function readUnchanged({ path, size, modified }: ListedFile, { maxPixels }: PictureFormat): Promise<Buffer> {
  // 16 bits for each of four channels, and room for what else a file may hold.
  if (size > maxPixels * 8 + 2 ** 26) {
    throw new PictureError(`has ${size} bytes, more than ${maxPixels} pixels can take`, 'raise `max_pixels` if it is meant');
  }
  const file = await open(path, 'r');
  try {
    const isSame = async (): Promise<boolean> => {
      const stats = await file.stat();
      return stats.size === size && stats.mtimeMs === modified;
    };
    if (await isSame()) {
      const bytes = await file.readFile();
      if (bytes.length === size && (await isSame())) return bytes;
    }
    throw new PictureError('changed while it was read', 'try again when nothing writes to it');
  } finally {
    await file.close();
  }
}
