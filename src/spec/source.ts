import { closeSync, fstatSync, openSync, readSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LineCounter } from 'yaml';
import { nearestName } from './nearest-name.js';

/** A text that config comes from: a file, or the value of one `--set`. */
export interface Source {
  readonly kind: 'file' | 'override';
  /** How people know it: the path as given, or `--set a.b=c`. */
  readonly name: string;
  readonly text: string;
  readonly lines: LineCounter;
}

/** A part of a source. An empty one stands for the source as a whole. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

export const newSource = (kind: Source['kind'], name: string, text: string): Source => ({
  kind,
  name,
  text,
  lines: new LineCounter(),
});

export const wholeSource = (source: Source): Span => ({ source, start: 0, end: 0 });

/** Far more than any config needs; it keeps a data file given by mistake from being parsed as YAML. */
const maxBytes = 1_000_000;

/** Why a file cannot be read as text. */
export interface Unreadable {
  readonly message: string;
  readonly hint?: string;
}

/** Reads a UTF-8 text file, or says why that cannot be done. */
export function readSource(file: string): Source | Unreadable {
  const bytes = readBytes(file);
  if (!Buffer.isBuffer(bytes)) return bytes;
  if (bytes.length > maxBytes) {
    return { message: 'is larger than 1 MB', hint: 'a config is a short YAML file; is this a data file?' };
  }
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (utf16) return { message: 'is UTF-16', hint: 'save it as UTF-8' };
  if (bytes.includes(0)) return { message: 'is not a text file', hint: 'a config is a YAML file' };
  try {
    return newSource('file', file, new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return { message: 'is not UTF-8 text', hint: 'save it as UTF-8' };
  }
}

/** At most one byte more than is allowed, so that an endless device is no trap. */
function readBytes(file: string): Buffer | Unreadable {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    if (fstatSync(descriptor).isDirectory()) return { message: 'is a folder', hint: 'name the YAML file in it' };
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (;;) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      length += read;
      if (read === 0 || length === buffer.length) return buffer.subarray(0, length);
    }
  } catch (error) {
    return describeFailure(file, error as NodeJS.ErrnoException);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function describeFailure(file: string, { code, message }: NodeJS.ErrnoException): Unreadable {
  if (code === 'EACCES' || code === 'EPERM') return { message: 'may not be read', hint: 'check its permissions' };
  if (code === 'EISDIR') return { message: 'is a folder', hint: 'name the YAML file in it' };
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return { message: `cannot be read (${code ?? message})` };
  const neighbour = nearestName(basename(file), namesIn(dirname(file)));
  return {
    message: 'there is no such file',
    ...(neighbour === undefined ? {} : { hint: `did you mean ${join(dirname(file), neighbour)}?` }),
  };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  } catch {
    return [];
  }
}
