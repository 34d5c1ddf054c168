import { closeSync, openSync, readSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { DatasetError } from './dataset-error.js';

/** The first line of a CSV file. */
export interface CsvHeader {
  readonly delimiter: string;
  readonly names: readonly string[];
}

const delimiters = [',', ';', '\t', '|'];
const mostBytes = 2 ** 20;

/**
 * Reads the first line of a CSV file (RFC 4180: a field in quotes may hold delimiters, line ends and quotes written twice).
 * @param delimiter what separates fields; by default the one of comma, semicolon, tab and bar that the line has most of
 */
export function readCsvHeader(path: string, delimiter?: string): CsvHeader {
  const text = startOf(path).replace(/^\uFEFF/, '');
  if (delimiter !== undefined) return { delimiter, names: firstRecord(text, delimiter) };
  const candidates = delimiters.map((one) => ({ delimiter: one, names: firstRecord(text, one) }));
  return candidates.reduce((best, one) => (one.names.length > best.names.length ? one : best));
}

function startOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(mostBytes);
    const start = bytes.subarray(0, readSync(file, bytes));
    const isPacked = start[0] === 0x1f && start[1] === 0x8b;
    if (isPacked && !path.endsWith('.gz')) {
      throw new DatasetError(['path'], `${path} is compressed with gzip, and its name does not say so`, {
        hint: 'let its name end with .gz, or unpack it',
      });
    }
    // Without the end of the file the end of its compressed data is missing too.
    const text = isPacked ? gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH }) : start;
    if (text.subarray(0, 2).some((byte) => byte === 0) || /^(\xff\xfe|\xfe\xff)/.test(text.toString('latin1', 0, 2))) {
      throw new DatasetError(['path'], `${path} is UTF-16, expected UTF-8`, {
        hint: 'save it as "CSV UTF-8", or convert it, for example with iconv -f utf-16 -t utf-8',
      });
    }
    return text.toString();
  } finally {
    closeSync(file);
  }
}

function firstRecord(text: string, delimiter: string): string[] {
  const names: string[] = [];
  let name = '';
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (isQuoted && character === '"' && text[i + 1] === '"') name += text[++i];
    else if (character === '"' && (isQuoted || name === '')) isQuoted = !isQuoted;
    else if (isQuoted) name += character;
    else if (character === '\n' || character === '\r') break;
    else if (character === delimiter) {
      names.push(name);
      name = '';
    } else name += character;
  }
  return [...names, name];
}
