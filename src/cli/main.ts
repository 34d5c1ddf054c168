import { Command, CommanderError } from 'commander';
import { exitCode } from '../errors.js';
import { packageVersion } from '../files/environment.js';
import { addBenchCommand } from './commands/bench.js';
import { addConfigCommands } from './commands/config.js';
import { addCrossValidationCommand } from './commands/cv.js';
import { addDataCommand } from './commands/data.js';
import { addDevicesCommand } from './commands/devices.js';
import { addEvalCommand } from './commands/eval.js';
import { addGenerateCommand } from './commands/generate.js';
import { addLrFindCommand } from './commands/lr-find.js';
import { addReferenceCommand } from './commands/reference.js';
import { addSummaryCommand } from './commands/summary.js';
import { addTrainCommand } from './commands/train.js';
import { reportError } from './output.js';

/** Runs a command line and sets the exit code: the only place that does, but for a second Ctrl-C. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  // A reader that goes away (`nn config x | head`) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? exitCode.ok : exitCode.failed),
  );
  const program = new Command('nn')
    .description('Train neural networks from a YAML file.')
    .version(packageVersion())
    .option('--debug', 'print stack traces')
    .showHelpAfterError('(nn --help lists what there is)')
    .exitOverride();
  addTrainCommand(program);
  addCrossValidationCommand(program);
  addEvalCommand(program);
  addGenerateCommand(program);
  addLrFindCommand(program);
  addConfigCommands(program);
  addReferenceCommand(program);
  addSummaryCommand(program);
  addDataCommand(program);
  addDevicesCommand(program);
  addBenchCommand(program);
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
