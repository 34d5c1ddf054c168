import { extname } from 'node:path';
import { UserError } from '../errors.js';
import { type ArrayUse, type BadRecords, type StoredArray, readArray } from './array.js';
import { openArchive } from './archive.js';
import type { Examples, Field } from './field.js';
import { requireRecords } from './new-files.js';
import { skippedLines } from './skipped.js';

const endingOf = (file: string): string => extname(file).toLowerCase();

/** Whether files are arrays of NumPy, by their names. */
export const areArrays = (paths: readonly string[]): boolean => paths.every((path) => ['.npy', '.npz'].includes(endingOf(path)));

/**
 * Reads records from arrays of NumPy, whose first axis counts them: an NPY file for a model with one input, or NPZ archives that have an
 * array of the name of each input.
 * @param inputs as the data set has them, before the transforms
 * @param said what the config says of some of them
 * @param skips whether records that hold what is no number are left out and listed
 * @throws UserError where an array is missing or of another shape, or holds what is no number and nothing is left out
 */
export async function readNewArrays(
  paths: readonly string[],
  inputs: Readonly<Record<string, Field>>,
  { said = {}, skips = false }: { said?: ArraysSaid; skips?: boolean } = {},
): Promise<{ inputs: Readonly<Record<string, Field>>; records: Examples; names: string[]; named: string; notes: string[] }> {
  const names: string[] = [];
  const reasons: string[] = [];
  const found: Record<string, StoredArray[]> = Object.fromEntries(Object.keys(inputs).map((name) => [name, []]));
  for (const path of paths) {
    const bad: BadRecords = new Map();
    const useOf = (name: string): ArrayUse => ({
      isInput: true,
      type: inputs[name]!.kind,
      scale_bytes: said[name]?.scaleBytes,
      bad: skips ? bad : undefined,
    });
    const arrays = endingOf(path) === '.npz' ? await ofArchive(path, inputs, said, useOf) : [ofFile(path, inputs, useOf)];
    const [first] = arrays as [Named, ...Named[]];
    for (const { name, array } of arrays) {
      if (array.length !== first.array.length) {
        throw new UserError(`${array.name} has ${array.length} records, but ${first.array.name} has ${first.array.length}`, {
          exit: 'usage',
        });
      }
      found[name]!.push(bad.size === 0 ? array : without(bad, array));
    }
    for (let i = 0; i < first.array.length; i++) {
      if (!bad.has(i)) names.push(paths.length === 1 ? String(i) : `${path}: ${i}`);
    }
    for (const reason of bad.values()) reasons.push(reason);
  }
  const notes = skippedLines(reasons, ['record', 'records']);
  if (names.length === 0 && reasons.length === 0) throw new UserError(`${paths[0]} has no records`, { exit: 'usage' });
  requireRecords(names.length, notes, 'records');
  const columns = Object.entries(found).map(([name, arrays]) => [name, { values: joined(arrays) }] as const);
  return { inputs, records: { length: names.length, columns: Object.fromEntries(columns) }, names, named: 'record', notes };
}

/** What archives call the array of an input, and whether its bytes become value / 255. */
type ArraysSaid = Readonly<Record<string, { readonly array?: string; readonly scaleBytes?: boolean | undefined }>>;

interface Named {
  readonly name: string;
  readonly array: StoredArray;
}

function ofFile(path: string, inputs: Readonly<Record<string, Field>>, useOf: (name: string) => ArrayUse): Named {
  const [name, ...more] = Object.keys(inputs) as [string, ...string[]];
  if (more.length > 0) {
    throw new UserError(`${path} is a single array, and the model reads ${[name, ...more].join(', ')}`, {
      hint: `put them into an archive: numpy.savez('new.npz', ${[name, ...more].map((one) => `${one}=…`).join(', ')})`,
      exit: 'usage',
    });
  }
  return { name, array: checked(readArray({ file: path }, useOf(name)), inputs[name]!) };
}

async function ofArchive(
  path: string,
  inputs: Readonly<Record<string, Field>>,
  said: ArraysSaid,
  useOf: (name: string) => ArrayUse,
): Promise<Named[]> {
  const archive = await openArchive(path);
  return Object.entries(inputs).map(([name, field]) => {
    const wanted = said[name]?.array ?? name;
    const entry = archive.names.find((one) => one.replace(/\.npy$/, '') === wanted);
    if (entry === undefined) {
      throw new UserError(`${path} has no array "${wanted}", which the model reads`, {
        hint: `it has ${archive.names.map((one) => one.replace(/\.npy$/, '')).join(', ') || 'none'}`,
        exit: 'usage',
      });
    }
    const from = { name: `${path}: ${wanted}`, bytes: archive.read(entry) };
    return { name, array: checked(readArray(from, useOf(name)), field) };
  });
}

/** The records that can be read, moved to the front. */
function without(bad: BadRecords, array: StoredArray): StoredArray {
  const { values, length } = array;
  const size = values.length / length;
  let kept = 0;
  for (let record = 0; record < length; record++) {
    if (bad.has(record)) continue;
    values.copyWithin(kept * size, record * size, (record + 1) * size);
    kept++;
  }
  return { ...array, length: kept, values: values.subarray(0, kept * size) };
}

/** Pictures of one channel may lack its axis. */
function checked(array: StoredArray, field: Field): StoredArray {
  const [found, wanted] = [array.shape.join(' × '), field.shape.join(' × ')];
  if (found !== wanted && `${found} × 1` !== wanted) {
    throw new UserError(`${array.name} has records of ${found}, and the model reads ${wanted}`, {
      hint: 'the first axis counts the records',
      exit: 'usage',
    });
  }
  if (field.kind === 'class' && array.largest >= field.classes) {
    throw new UserError(`${array.name} holds the class ${array.largest}, expected 0 to ${field.classes - 1}`, { exit: 'usage' });
  }
  return array;
}

/** All of one kind as they are; bytes and numbers together as numbers. */
function joined(arrays: readonly StoredArray[]): StoredArray['values'] {
  const [first] = arrays as [StoredArray];
  if (arrays.length === 1) return first.values;
  const length = arrays.reduce((sum, { values }) => sum + values.length, 0);
  const isAlike = arrays.every(({ values }) => values.constructor === first.values.constructor);
  const Values = isAlike ? (first.values.constructor as typeof Float32Array) : Float32Array;
  const all = new Values(length);
  let at = 0;
  for (const { values } of arrays) {
    all.set(values instanceof Uint8Array && !isAlike ? Float32Array.from(values, (byte) => byte / 255) : values, at);
    at += values.length;
  }
  return all;
}
