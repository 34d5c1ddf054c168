import { extname } from 'node:path';
import { UserError } from '../errors.js';
import { type ArrayUse, type StoredArray, readArray } from './array.js';
import { openArchive } from './archive.js';
import type { Examples, Field } from './field.js';

const endingOf = (file: string): string => extname(file).toLowerCase();

/** Whether files are arrays of NumPy, by their names. */
export const areArrays = (paths: readonly string[]): boolean => paths.every((path) => ['.npy', '.npz'].includes(endingOf(path)));

/**
 * Reads records from arrays of NumPy, whose first axis counts them: an NPY file for a model with one input, or NPZ archives that have an
 * array of the name of each input.
 * @param inputs as the data set has them, before the transforms
 * @param said what the config says of some of them
 * @throws UserError where an array is missing or of another shape, or holds what is no number
 */
export async function readNewArrays(
  paths: readonly string[],
  inputs: Readonly<Record<string, Field>>,
  said: ArraysSaid = {},
): Promise<{ inputs: Readonly<Record<string, Field>>; records: Examples; names: string[]; named: string; notes: string[] }> {
  const names: string[] = [];
  const found: Record<string, StoredArray[]> = Object.fromEntries(Object.keys(inputs).map((name) => [name, []]));
  for (const path of paths) {
    const arrays = endingOf(path) === '.npz' ? await ofArchive(path, inputs, said) : [ofFile(path, inputs, said)];
    const [first] = arrays as [Named, ...Named[]];
    for (const { name, array } of arrays) {
      if (array.length !== first.array.length) {
        throw new UserError(`${array.name} has ${array.length} records, but ${first.array.name} has ${first.array.length}`, {
          exit: 'usage',
        });
      }
      found[name]!.push(array);
    }
    for (let i = 0; i < first.array.length; i++) names.push(paths.length === 1 ? String(i) : `${path}: ${i}`);
  }
  if (names.length === 0) throw new UserError(`${paths[0]} has no records`, { exit: 'usage' });
  const columns = Object.entries(found).map(([name, arrays]) => [name, { values: joined(arrays) }] as const);
  return { inputs, records: { length: names.length, columns: Object.fromEntries(columns) }, names, named: 'record', notes: [] };
}

/** What archives call the array of an input, and whether its bytes become value / 255. */
type ArraysSaid = Readonly<Record<string, { readonly array?: string; readonly scaleBytes?: boolean | undefined }>>;

interface Named {
  readonly name: string;
  readonly array: StoredArray;
}

function ofFile(path: string, inputs: Readonly<Record<string, Field>>, said: ArraysSaid): Named {
  const [name, ...more] = Object.keys(inputs) as [string, ...string[]];
  if (more.length > 0) {
    throw new UserError(`${path} is a single array, and the model reads ${[name, ...more].join(', ')}`, {
      hint: `put them into an archive: numpy.savez('new.npz', ${[name, ...more].map((one) => `${one}=…`).join(', ')})`,
      exit: 'usage',
    });
  }
  return { name, array: checked(readArray({ file: path }, use(inputs[name]!, said[name])), inputs[name]!) };
}

async function ofArchive(path: string, inputs: Readonly<Record<string, Field>>, said: ArraysSaid): Promise<Named[]> {
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
    return { name, array: checked(readArray(from, use(field, said[name])), field) };
  });
}

const use = ({ kind }: Field, { scaleBytes }: ArraysSaid[string] = {}): ArrayUse => ({
  isInput: true,
  type: kind,
  scale_bytes: scaleBytes,
});

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
