import type { FittedTokenizer } from './tokenizers/tokenizer.js';

/** What one field of a data set holds for each record: a picture, a sequence of words, a class. */
export type Field =
  | {
      readonly kind: 'number';
      readonly shape: readonly number[];
      /** Samples in a second, where it is a sound. */
      readonly sampleRate?: number;
      /** What its values stand for, where they were scaled: `value * deviation + mean`, one of each for each place of the last axis. */
      readonly scale?: { readonly mean: readonly number[]; readonly deviation: readonly number[] };
    }
  /** Whole numbers `0 … classes - 1`: a class, or for sequences the words of a vocabulary. */
  | {
      readonly kind: 'class';
      readonly shape: readonly number[];
      readonly classes: number;
      /** What each class is called. */
      readonly labels?: readonly string[];
      /** How texts become sequences of classes, where they do. Without it labels are characters. */
      readonly tokenizer?: FittedTokenizer;
    };

/** The values of a field, record after record. */
export interface Column {
  /** Bytes of a number field stand for value / 255, signed 16-bit samples for value / 32768; all others for themselves. */
  readonly values: Uint8Array | Int16Array | Uint16Array | Float32Array;
  /** Elements from the start of one record to the next, by default the size of one: windows over a text overlap or leave gaps. */
  readonly step?: number;
  /** Where the first record starts, by default 0. */
  readonly offset?: number;
  /** Where each record starts, where that is not evenly spaced: in place of step and offset. */
  readonly starts?: Uint32Array;
}

/** Records: each field a column in memory, or made by a reader. */
export interface Examples {
  readonly length: number;
  readonly columns: Readonly<Record<string, Column>>;
  /** Makes the fields that have no column, where they are too large to be held. */
  readonly reader?: ReaderSource;
}

/** How a reader is made, in values that can be given to another thread. */
export interface ReaderSource {
  /** One of `data/readers`. */
  readonly type: string;
  readonly options: unknown;
}

/** Reads or makes records one at a time. Each thread has its own. */
export interface RecordReader {
  /**
   * Writes the fields that it makes.
   * @param record the place of the record among those of its part
   * @param values room for one record of each field, by name: numbers as they are, bytes of a picture as value / 255
   */
  read(record: number, values: Readonly<Record<string, Float32Array>>): void | Promise<void>;
  close?(): void;
}
