import { UserError } from '../errors.js';

interface DatasetErrorOptions {
  hint?: string;
  cause?: unknown;
  /** The names of which `message` says that one is not there. */
  unknown?: { word: string; names: readonly string[] };
  /** Whether it is that files are not there. */
  isMissing?: boolean;
}

/** Something wrong with a data set, at a path of its options such as `['features', 'age']`: the config's line is shown with it. */
export class DatasetError extends UserError {
  override readonly name = 'DatasetError';
  readonly path: readonly (string | number)[];
  readonly unknown: DatasetErrorOptions['unknown'];
  readonly isMissing: boolean;

  constructor(
    path: readonly (string | number)[],
    message: string,
    { unknown, isMissing = false, ...options }: DatasetErrorOptions = {},
  ) {
    super(message, { ...options, exit: 'usage' });
    this.path = path;
    this.unknown = unknown;
    this.isMissing = isMissing;
  }
}
