import { Command, CommanderError } from 'commander';
import { exitCode } from '../errors.js';
import { packageVersion } from '../files/environment.js';
import { addCommands } from './commands/index.js';
import { fileError } from '../files/file-error.js';
import { reportError } from './output.js';

/** Runs a command line and sets the exit code: the only place that does, but for a second Ctrl-C. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  // A reader that goes away (`nn config x | head`) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? exitCode.ok : reportError(fileError('write', 'standard output', error), false)),
  );
  const program = new Command('nn')
    // Descriptions are wrapped beside long names too.
    .configureHelp({ minWidthToWrap: 20 })
    .description('Train neural networks from a YAML file.')
    .version(packageVersion())
    .option('--debug', 'print stack traces')
    .showHelpAfterError('(nn --help lists what there is)')
    .exitOverride();
  addCommands(program);
  for (const command of program.commands) {
    command.exitOverride().showHelpAfterError(`(nn ${command.name()} --help lists what it takes)`);
  }
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    else process.exitCode = reportError(error, program.opts<{ debug?: boolean }>().debug === true);
  }
}
