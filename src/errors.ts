/** Where in a text file something was found. Lines and columns count from 1. */
export interface Place {
  file: string;
  line?: number;
  column?: number;
}

/** Exit codes of the command line, one meaning each. */
export const exitCode = { ok: 0, failed: 1, usage: 2, interrupted: 130, terminated: 143 } as const;

export interface UserErrorOptions {
  /** What the person can do about it, in one sentence. */
  hint?: string;
  place?: Place;
  /** `failed` (1): the run went wrong; `usage` (2): the command or the config is wrong. */
  exit?: 'failed' | 'usage';
  cause?: unknown;
}

/**
 * An error a person can act on. It says what was found and what was expected; only the command line prints it, without a
 * stack trace, and turns `exit` into an exit code. Anything that is not a `UserError` is a defect of this program.
 */
export class UserError extends Error {
  readonly hint: string | undefined;
  readonly place: Place | undefined;
  readonly exit: 'failed' | 'usage';

  constructor(message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'UserError';
    this.hint = options.hint;
    this.place = options.place;
    this.exit = options.exit ?? 'failed';
  }
}
