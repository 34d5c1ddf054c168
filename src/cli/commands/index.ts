import type { Command } from 'commander';
import { addBenchCommand } from './bench.js';
import { addConfigCommands } from './config.js';
import { addCrossValidationCommand } from './cv.js';
import { addDataCommand } from './data.js';
import { addDevicesCommand } from './devices.js';
import { addEvalCommand } from './eval.js';
import { addGenerateCommand } from './generate.js';
import { addLrFindCommand } from './lr-find.js';
import { addPredictCommand } from './predict.js';
import { addReferenceCommand } from './reference.js';
import { addSummaryCommand } from './summary.js';
import { addTrainCommand } from './train.js';

/** Adds every command of the program, in the order of its help. */
export function addCommands(program: Command): void {
  addTrainCommand(program);
  addCrossValidationCommand(program);
  addEvalCommand(program);
  addPredictCommand(program);
  addGenerateCommand(program);
  addLrFindCommand(program);
  addConfigCommands(program);
  addReferenceCommand(program);
  addSummaryCommand(program);
  addDataCommand(program);
  addDevicesCommand(program);
  addBenchCommand(program);
}
