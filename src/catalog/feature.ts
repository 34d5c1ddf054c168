import { z } from 'zod';
import type { Cell, TableColumn } from '../data/table-column.js';
import type { Definition } from './registry.js';

/** A column of a table, of which some rows are fitted to. */
export interface FeatureColumn {
  readonly name: string;
  readonly cells: TableColumn;
  /** The rows that are trained on. */
  readonly rows: Uint32Array;
  /** Where the config speaks of it. */
  readonly path: readonly (string | number)[];
}

/** What is wrong with a cell, for people. */
export interface CellProblem {
  readonly message: string;
  readonly hint: string;
}

/** What a cell becomes. */
export interface CellEncoder {
  /** How many values. */
  readonly size: number;
  /** What each value is called or, where values are places in a vocabulary, its words. */
  readonly names: readonly string[];
  /** Whether the training part has what a cell holds, where only that can be told apart. */
  isKnown?(cell: Cell): boolean;
  /** Writes the values of a cell from `at` on, where zeros stand. Gives back what is wrong with it, if something is. */
  write(cell: Cell, values: Float32Array | Uint16Array, at: number): CellProblem | undefined;
}

/** What the model reads of a column of a table. */
export interface FeatureDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /** Whether it is an input of its own, of places in a vocabulary; else it is a part of `input`. */
  readonly isSequence?: boolean;
  /** What is wrong with a cell that is not missing: it cannot be read as what the column is. */
  problem?(cell: Cell): CellProblem | undefined;
  /** For people: what missing values become where their rows are kept, such as `they become 0`. */
  filled(options: FeatureOptions<Options>): string;
  /**
   * What is to be known of the training part, as a JSON value: it is kept in checkpoints.
   * @throws DatasetError where nothing can be learnt from the column
   */
  fit(options: FeatureOptions<Options>, column: FeatureColumn): unknown;
  /** @param fitted what `fit` gave */
  encoder(options: FeatureOptions<Options>, fitted: unknown, name: string): CellEncoder;
}

export type FeatureOptions<Options extends z.ZodObject> = z.output<Options> & MissingOptions;

export const missingPolicies = ['fail', 'drop', 'mean', 'median', 'constant', 'indicator'] as const;

/** What becomes of a missing value. */
export interface MissingOptions {
  readonly missing: (typeof missingPolicies)[number];
  readonly fill?: number | string | undefined;
}

/** Keys that every feature takes. */
export const featureKeys = {
  missing: z
    .enum(missingPolicies)
    .optional()
    .describe('What becomes of rows that lack its value; by default as `missing` of the data set says.'),
  fill: z
    .union([z.number(), z.string()])
    .optional()
    .describe(
      'What `missing: constant` puts in place of a missing value: by default 0 for a number, and nothing for the others.',
    ),
};

export function defineFeature<Options extends z.ZodObject>(definition: FeatureDefinition<Options>): FeatureDefinition {
  return definition as unknown as FeatureDefinition;
}
