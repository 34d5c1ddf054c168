import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Examples, Field } from '../../data/field.js';
import { sharedArray } from '../../data/shared.js';
import {
  type Room,
  type SyntheticOptions,
  type SyntheticPart,
  type SyntheticTask,
  syntheticMaker,
  taskOf,
  tasks,
} from '../../data/synthetic.js';
import { type DatasetInfo, type LoadedDataset, defineDataset, fieldsOf } from '../dataset.js';

const names = Object.keys(tasks) as [SyntheticTask, ...SyntheticTask[]];
/** Names of the tasks that take an option, for people. */
const takers = (option: 'noise' | 'classes' | 'features' | 'length'): string =>
  names.filter((name) => option in taskOf(name).defaults && !(option === 'classes' && taskOf(name).onlyClasses)).join(', ');

const options = z
  .object({
    task: z
      .enum(names)
      .describe(
        'blobs, moons, spirals, xor, circles: points of classes; regression: a weighted sum; sequence_copy: symbols to be remembered and said again.',
      ),
    examples: z
      .int()
      .positive()
      .max(2 ** 32 - 1)
      .default(1000)
      .describe('Records to train on.'),
    test_examples: z
      .int()
      .positive()
      .max(2 ** 32 - 1)
      .optional()
      .describe('Records to test on; by default a fifth as many, 10,000 at most.'),
    noise: z
      .number()
      .nonnegative()
      .optional()
      .describe('Standard deviation of what is added to coordinates, or to the sum. By default 0.1; of spirals 0.02.'),
    classes: z
      .int()
      .min(2)
      .max(65535)
      .optional()
      .describe(`Of ${takers('classes')}: how many classes or symbols; by default 3, 2 and 8.`),
    features: z
      .int()
      .positive()
      .max(2 ** 20)
      .optional()
      .describe(
        'Numbers of a record, by default 2, of regression 10. Of tasks of a plane those after the first two say nothing of the class.',
      ),
    length: z
      .int()
      .positive()
      .max(2 ** 16)
      .optional()
      .describe('Of sequence_copy: how many symbols; by default 8. Its records are twice as long.'),
    seed: z.int().nonnegative().default(0).describe('Which records.'),
    memory_mb: z
      .number()
      .nonnegative()
      .default(64)
      .describe(
        'Megabytes of records that are held; a part that takes more is made anew in every epoch, record by record, and takes none.',
      ),
  })
  .superRefine((given, context) => {
    const { defaults, onlyClasses } = taskOf(given.task);
    for (const option of ['noise', 'classes', 'features', 'length'] as const) {
      const value = given[option];
      if (value === undefined) continue;
      if (!(option in defaults))
        context.addIssue({ code: 'custom', path: [option], message: `${given.task} takes no ${option}` });
      else if (option === 'classes' && onlyClasses !== undefined && value !== onlyClasses)
        context.addIssue({ code: 'custom', path: [option], message: `${given.task} has ${onlyClasses} classes` });
      else if (option === 'features' && defaults.classes !== undefined && given.task !== 'blobs' && value < 2)
        context.addIssue({
          code: 'custom',
          path: [option],
          message: `${given.task} lies in a plane: it has at least 2 features`,
        });
    }
  });
type Options = z.output<typeof options>;

/**
 * Generated records, each a function of the seed, the part and its place. Points: input `[features]`, a class for each, classes taking
 * turns. regression: input `[features]`, target one number. sequence_copy: input and target `[2 * length]`.
 */
export const synthetic = defineDataset({
  type: 'synthetic',
  summary: 'Generated records of a small task, as many as one likes: more than memory holds are made while they are read.',
  options,
  describe: async (given) => infoOf(given),
  async load(given): Promise<LoadedDataset> {
    const info = infoOf(given);
    const parts = { train: partOf(given, info, 'train'), test: partOf(given, info, 'test') };
    return { info, ...parts, provenance: [{ file: `generated ${given.task}, seed ${given.seed}`, md5: checksum(given, info) }] };
  },
});

/** All that records depend on. */
function fullOptions({ task, seed, noise, classes, features, length }: Options): SyntheticOptions {
  const given = Object.entries({ noise, classes, features, length }).filter(([, value]) => value !== undefined);
  return { noise: 0, classes: 0, features: 0, length: 0, ...taskOf(task).defaults, ...Object.fromEntries(given), task, seed };
}

function infoOf(given: Options): DatasetInfo {
  const { examples, test_examples } = given;
  const testLength = test_examples ?? Math.min(10_000, Math.max(1, Math.floor(examples / 5)));
  return { ...taskOf(given.task).fields(fullOptions(given)), trainLength: examples, testLength };
}

const sizeOf = ({ shape }: Field): number => shape.reduce((product, axis) => product * axis, 1);

/** Room for one record. */
const roomFor = (info: DatasetInfo): Room =>
  Object.fromEntries(Object.entries(fieldsOf(info)).map(([name, field]) => [name, new Float32Array(sizeOf(field))]));

function partOf(given: Options, info: DatasetInfo, part: SyntheticPart): Examples {
  const length = part === 'train' ? info.trainLength : info.testLength;
  const fields = Object.entries(fieldsOf(info));
  const own = fullOptions(given);
  const bytes = length * fields.reduce((sum, [, field]) => sum + sizeOf(field) * (field.kind === 'class' ? 2 : 4), 0);
  if (bytes > given.memory_mb * 2 ** 20)
    return { length, columns: {}, reader: { type: 'synthetic', options: { options: own, part } } };
  const columns = fields.map(([name, field]) => {
    const values =
      field.kind === 'class'
        ? sharedArray(Uint16Array, length * sizeOf(field))
        : sharedArray(Float32Array, length * sizeOf(field));
    return [name, { values }] as const;
  });
  const [make, room] = [syntheticMaker(own, part), roomFor(info)];
  for (let record = 0; record < length; record++) {
    make(record, room);
    for (const [name, { values }] of columns) values.set(room[name]!, record * room[name]!.length);
  }
  return { length, columns: Object.fromEntries(columns) };
}

/** Of the options and the first records: it changes when what is generated does, and takes no longer for a large set. */
function checksum(given: Options, info: DatasetInfo): string {
  const own = fullOptions(given);
  const hash = createHash('md5').update(JSON.stringify([own, info.trainLength, info.testLength]));
  const [make, room] = [syntheticMaker(own, 'train'), roomFor(info)];
  for (let record = 0; record < Math.min(100, info.trainLength); record++) {
    make(record, room);
    for (const values of Object.values(room)) hash.update(values);
  }
  return hash.digest('hex');
}
