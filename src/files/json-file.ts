import { readFileSync } from 'node:fs';
import { UserError } from '../errors.js';
import { writeFileAtomically } from './atomic-write.js';
import { fileError } from './file-error.js';

/**
 * Writes a value as indented JSON, atomically. A number that is not finite is written as null, as JSON has none.
 *
 * @throws UserError if the file cannot be written
 */
export function writeJsonFile(path: string, value: unknown): void {
  writeFileAtomically(path, [Buffer.from(`${JSON.stringify(value, null, 2)}\n`)]);
}

/**
 * Reads a JSON file whose top level is an object.
 *
 * @throws UserError if the file cannot be read, is not JSON, or holds something else than an object
 */
export function readJsonFile(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw fileError('read', path, error);
  }
  const hint = 'The file was probably edited or cut short; restore it from a copy.';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path} is not JSON: ${(error as Error).message}`, { hint, cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UserError(
      `${path} holds ${value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`}, and a JSON object was expected`,
      {
        hint,
      },
    );
  }
  return value as Record<string, unknown>;
}
