import { exitCode, UserError } from '../errors.js';
import { ConfigError } from '../spec/config-error.js';

/** Results: what a program may read. */
export function printResult(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A piece of a result, as it comes. */
export function writeResult(text: string): void {
  process.stdout.write(text);
}

/** What goes on: for people. */
export function printNote(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Bold, dim and red where standard error is a terminal and `NO_COLOR` is not set. */
const colorful = process.stderr.isTTY === true && !process.env.NO_COLOR;
const paint =
  (code: number, end: number) =>
  (text: string): string =>
    colorful ? `\u001b[${code}m${text}\u001b[${end}m` : text;
export const red = paint(31, 39);

/** Prints an error and gives back the exit code it stands for. Stack traces are for defects, and for `--debug`. */
export function reportError(error: unknown, debug: boolean): number {
  if (!(error instanceof UserError)) {
    printNote(`${red('error:')} this is a defect of nn: ${error instanceof Error ? error.message : String(error)}`);
    printNote(
      debug && error instanceof Error ? String(error.stack) : 'hint: run it again with --debug and report what it prints',
    );
    return exitCode.failed;
  }
  if (error instanceof ConfigError) printNote(error.message);
  else {
    const { place } = error;
    const at =
      place === undefined ? '' : `${[place.file, place.line, place.column].filter((part) => part !== undefined).join(':')}: `;
    printNote(`${red('error:')} ${at}${error.message}`);
    if (error.hint !== undefined) printNote(`hint: ${error.hint}`);
  }
  if (debug) printNote(String(error.stack));
  return exitCode[error.exit];
}
