import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UserError } from '../errors.js';

/** Stands for what is in no vocabulary, and comes first in each, or after `padding`. */
export const unknown = '\uFFFD';
/** Stands at the end of what is shorter than its field; the first of its vocabulary, which embeddings take as a mask. */
export const padding = '';
/** What decoding starts from. */
export const start = '\u0002';
/** What decoding stops at. */
export const end = '\u0003';

/** A text file as it was found. */
export interface TextFile {
  readonly path: string;
  /** Without a byte order mark, and with `\n` at the end of each line. */
  readonly text: string;
  /** Of the file's bytes. */
  readonly md5: string;
}

/**
 * Reads a text in UTF-8.
 * @throws UserError if it cannot be read, is UTF-16 or no text, or names the first byte that is not UTF-8
 */
export function readText(path: string): TextFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new UserError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  requireLetters(path, bytes);
  const text = bytes.toString('utf8');
  // A decoder puts U+FFFD where bytes mean nothing; writing it again then gives other bytes.
  if (text.includes('\uFFFD') && !Buffer.from(text).equals(bytes)) {
    const again = Buffer.from(text);
    const at = again.findIndex((byte, i) => byte !== bytes[i]);
    throw new UserError(`${path} is not UTF-8: byte ${at} (0x${bytes[at]?.toString(16) ?? 'none'}) begins no character`, {
      hint: 'convert it, for example with iconv -f latin1 -t utf-8',
    });
  }
  return {
    path,
    text: text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n'),
    md5: createHash('md5').update(bytes).digest('hex'),
  };
}

/** Text has no zero bytes: UTF-16 has them, and files of something else. */
function requireLetters(path: string, bytes: Buffer): void {
  const zero = bytes.indexOf(0);
  const isMarked = /^(\xff\xfe|\xfe\xff)/.test(bytes.toString('latin1', 0, 2));
  if (zero < 0 && !isMarked) return;
  // Of letters that Western languages have, every other byte is zero.
  const isWide = isMarked || (zero < 2 && bytes[zero ^ 1] !== 0);
  throw new UserError(isWide ? `${path} is UTF-16, expected UTF-8` : `${path} is no text: byte ${zero} is zero`, {
    hint: isWide ? 'convert it, for example with iconv -f utf-16 -t utf-8' : 'name a text in UTF-8',
  });
}

/** The characters of a text in the order of their code points, after `unknown`. */
export function characterVocabulary(text: string): string[] {
  return [unknown, ...[...new Set(text)].filter((one) => one !== unknown).sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!)];
}
