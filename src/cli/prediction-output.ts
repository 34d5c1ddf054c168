import { closeSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { UserError } from '../errors.js';
import { writeFully } from '../files/atomic-write.js';
import { fileError } from '../files/file-error.js';
import { npyHeader } from '../files/npy.js';
import type { Prediction } from '../graph/predictions.js';
import { size } from '../shape.js';
import { type Answer, type Value, answerOf, answerShape, classNamesOf, targetValue, tellsClasses } from '../train/answers.js';
import type { ToldRecord } from '../train/predict.js';
import { writeResult } from './output.js';

/** Takes what a model tells, record by record. */
export interface PredictionWriter {
  write(name: string, record: ToldRecord): void;
  /** To be called once, when all has been written. */
  end(): void;
  /** To be called where it will not come to the end. */
  abandon(): void;
}

export interface OutputOptions {
  /** As `checkOutput` lets it be; by default standard output. */
  readonly file?: string | undefined;
  /** JSON lines in place of CSV, where the file's name does not say. */
  readonly json: boolean;
  /** Whether there is a column for each class. */
  readonly probabilities: boolean;
  /** Whether records have targets, which are written as well. */
  readonly withTargets: boolean;
  /** What records are called by: `file`, `row`. */
  readonly named: string;
  readonly records: number;
}

const formats = { '.csv': 'csv', '.jsonl': 'json', '.ndjson': 'json', '.npy': 'npy' } as const;

/**
 * @param read files that predictions are made of, which they must not replace
 * @throws UserError where predictions cannot be written into a file of this name
 */
export function checkOutput(file: string | undefined, read: readonly string[]): void {
  if (file === undefined) return;
  const ending = extname(file).toLowerCase();
  if (!Object.hasOwn(formats, ending)) {
    throw new UserError(`--output ${file} ends with ${ending || 'nothing'}`, {
      hint: `name it with one of ${Object.keys(formats).join(', ')}`,
      exit: 'usage',
    });
  }
  if (read.some((one) => areSame(one, file))) {
    throw new UserError(`--output ${file} is a file that the records are read from`, {
      hint: 'name another one: predictions would replace it',
      exit: 'usage',
    });
  }
}

/** Whether two paths lead to one file. */
function areSame(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false, bigint: true }));
  return first?.isFile() === true && first.dev === second?.dev && first.ino === second.ino;
}

/** @throws UserError where predictions cannot be written in the format that is asked for */
export function openPredictions(predictions: readonly Prediction[], options: OutputOptions): PredictionWriter {
  const { file, json } = options;
  const format = file === undefined ? (json ? 'json' : 'csv') : formats[extname(file).toLowerCase() as keyof typeof formats];
  // What is wrong with the format is said before a file is made.
  const encode = encoders[format](predictions, options);
  const sink = file === undefined ? standardOutput : fileSink(file);
  try {
    if (encode.start !== undefined) sink.write(encode.start);
  } catch (error) {
    sink.abandon();
    throw error;
  }
  return {
    write: (name, record) => sink.write(encode.record(name, record)),
    end: () => sink.end(),
    abandon: () => sink.abandon(),
  };
}

interface Sink {
  write(bytes: string | Uint8Array): void;
  end(): void;
  abandon(): void;
}

const standardOutput: Sink = {
  write: (bytes) => writeResult(bytes as string),
  end: () => undefined,
  abandon: () => undefined,
};

/** A file that is there under its name once all is in it. */
function fileSink(file: string): Sink {
  const temporary = `${file}.${process.pid}.tmp`;
  let opened: number;
  try {
    opened = openSync(temporary, 'w');
  } catch (cause) {
    throw fileError('write', file, cause);
  }
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(opened);
    isOpen = false;
  };
  const abandon = (): void => {
    close();
    rmSync(temporary, { force: true });
  };
  return {
    write(bytes) {
      try {
        writeFully(opened, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
      } catch (cause) {
        throw fileError('write', file, cause);
      }
    },
    end() {
      try {
        close();
        renameSync(temporary, file);
      } catch (cause) {
        abandon();
        throw fileError('write', file, cause);
      }
    },
    abandon,
  };
}

interface Encoder {
  readonly start?: string | Uint8Array;
  record(name: string, record: ToldRecord): string | Uint8Array;
}

const encoders = { csv: csvEncoder, json: jsonEncoder, npy: npyEncoder } as const;

/** What a column or key of a prediction is called: by its own name only where there are several. */
const called = (predictions: readonly Prediction[], { name }: Prediction, what: string): string =>
  predictions.length === 1 ? what : `${name}_${what}`;

const answersOf = (predictions: readonly Prediction[], { values }: ToldRecord): Answer[] =>
  predictions.map((one) => answerOf(one, values.get(one.name)!));

/** What is compared with a prediction, where records have it. */
function targetOf(prediction: Prediction, record: ToldRecord, { withTargets }: OutputOptions): Value | undefined {
  const values = withTargets ? record.target(prediction) : undefined;
  return values === undefined ? undefined : targetValue(prediction, values);
}

/** A row with more columns is no table for people or programs. */
const mostColumns = 1024;

function csvEncoder(predictions: readonly Prediction[], options: OutputOptions): Encoder {
  for (const one of predictions) {
    if (size(answerShape(one)) <= mostColumns) continue;
    throw new UserError(`a prediction of ${answerShape(one).join(' x ')} is too large for a row of CSV`, {
      hint: '--json writes JSON lines; --output predictions.npy an array of NumPy',
      exit: 'usage',
    });
  }
  const header = predictions.flatMap((one) => {
    const isSingle = answerShape(one).length === 0;
    const certainty = one.isProbability ? 'probability' : 'score';
    return [
      ...placesOf(answerShape(one)).map((place) => called(predictions, one, `prediction${place}`)),
      ...(tellsClasses(one) && isSingle ? [called(predictions, one, certainty)] : []),
      ...(options.probabilities && tellsClasses(one) && isSingle
        ? namesOfNumbers(one).map((name) => called(predictions, one, name))
        : []),
      ...(options.withTargets && isComparable(one)
        ? placesOf(one.field.shape).map((place) => called(predictions, one, `target${place}`))
        : []),
    ];
  });
  return {
    start: csvLine([options.named, ...header]),
    record(name, record) {
      const cells = answersOf(predictions, record).flatMap((answer, i) => {
        const one = predictions[i]!;
        const target = isComparable(one) ? targetOf(one, record, options) : undefined;
        return [
          ...filled(flat(answer.value), size(answerShape(one))),
          ...(answer.classes === undefined ? [] : flat(answer.certainty!)),
          ...(options.probabilities && answer.classes !== undefined ? answer.classes.map(([, number]) => number) : []),
          ...(target === undefined ? [] : filled(flat(target), size(one.field.shape))),
        ];
      });
      return csvLine([name, ...cells]);
    },
  };
}

/** The classes whose numbers an answer lists. */
const namesOfNumbers = (one: Prediction): string[] => {
  const names = classNamesOf(one);
  return one.kind === 'one' && !one.isProbability ? names.slice(1) : names;
};

const isComparable = ({ field }: Prediction): boolean => size(field.shape) <= mostColumns;

/** `''` for a single number, `_1`, `_2` for several, `_1_1` for a table of them. */
const placesOf = (shape: readonly number[]): string[] =>
  shape.reduce<string[]>(
    (before, length) => before.flatMap((place) => Array.from({ length }, (_, i) => `${place}_${i + 1}`)),
    [''],
  );

const flat = (value: Value): (number | string)[] => (Array.isArray(value) ? value.flatMap(flat) : [value as number | string]);

/** With empty cells at the end, where fewer classes are told or to be told than there are steps. */
const filled = (cells: readonly (number | string)[], columns: number): (number | string)[] => [
  ...cells,
  ...new Array<string>(columns - cells.length).fill(''),
];

/** RFC 4180: what holds a comma, a quote or a line's end stands in quotes. */
const csvLine = (cells: readonly (number | string)[]): string =>
  `${cells.map((cell) => (/[",\r\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : String(cell))).join(',')}\n`;

function jsonEncoder(predictions: readonly Prediction[], options: OutputOptions): Encoder {
  return {
    record(name, record) {
      const entries = answersOf(predictions, record).flatMap((answer, i) => {
        const one = predictions[i]!;
        const target = targetOf(one, record, options);
        const certainty = one.isProbability ? 'probability' : 'score';
        return [
          ['prediction', answer.value],
          ...(answer.certainty === undefined ? [] : [[certainty, answer.certainty]]),
          ...(options.probabilities && answer.classes !== undefined ? [['classes', Object.fromEntries(answer.classes)]] : []),
          ...(target === undefined ? [] : [['target', target]]),
        ].map(([key, value]) => [called(predictions, one, key as string), value]);
      });
      return `${JSON.stringify(Object.fromEntries([[options.named, name], ...entries]))}\n`;
    },
  };
}

/** The numbers of the model: probabilities of all classes, or what is predicted. */
function npyEncoder(predictions: readonly Prediction[], { records }: OutputOptions): Encoder {
  const [only, ...more] = predictions as [Prediction, ...Prediction[]];
  if (more.length > 0) {
    throw new UserError(`the model tells ${predictions.map(({ name }) => name).join(', ')}, and an NPY file holds one array`, {
      hint: '--output predictions.jsonl',
      exit: 'usage',
    });
  }
  const shape = tellsClasses(only) ? only.shape : answerShape(only);
  return {
    start: npyHeader([records, ...shape]),
    record(_, { values }) {
      const own = values.get(only.name)!;
      const numbers = tellsClasses(only) ? own : Float32Array.from(flat(answerOf(only, own).value) as number[]);
      return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    },
  };
}
