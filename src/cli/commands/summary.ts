import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { memoryOf } from '../../backends/cpu/cpu.js';
import type { Parameter } from '../../graph/model.js';
import { type Model, evaluationProgram, inspectionProgram, names, trainingProgram } from '../../graph/programs.js';
import { printProgram } from '../../program/print.js';
import { operationsOf } from '../../program/program.js';
import { type Shape, size } from '../../shape.js';
import { loadExperiment } from '../../spec/load.js';
import { prepareModel } from '../../train/prepare.js';
import { datasetContext } from '../../train/run.js';
import { formatBytes, formatCount, formatLarge } from '../format.js';
import { formatLayers } from '../layer-table.js';
import { setOption, wholeNumber } from '../options.js';
import { printNote, printResult } from '../output.js';

interface SummaryFlags {
  set?: string[];
  program?: boolean;
  threads?: number;
}

export function addSummaryCommand(program: Command): void {
  program
    .command('summary')
    .description('print the layers of a model, and what training it takes')
    .argument('<config>', 'the config file')
    .option('--program', 'print the compiled training step instead')
    .addOption(setOption())
    .option('--threads <n>', 'threads to plan memory for (default: one per core)', wholeNumber(1))
    .action(async (config: string, flags: SummaryFlags) => {
      const loaded = loadExperiment(config, { overrides: flags.set ?? [] });
      const model = await prepareModel(loaded, datasetContext(loaded.folder, printNote));
      const { batch_size } = model.experiment.data;
      if (flags.program) return printResult(printProgram(trainingProgram(model, batch_size)));
      printResult(summarize(model, flags.threads ?? availableParallelism()));
    });
}

/** A table of the layers, and the totals. */
function summarize(model: Model, threads: number): string {
  const { batch_size: batch } = model.experiment.data;
  const step = trainingProgram(model, batch);
  const forward = inspectionProgram(model, 1, false);
  const operationsByLayer = new Map<string, number>();
  for (const op of forward.ops) {
    if (op.phase !== 'forward') continue;
    operationsByLayer.set(op.scope, (operationsByLayer.get(op.scope) ?? 0) + operationsOf(op, forward.shapes));
  }
  const countOf = (parameters: readonly { readonly shape: Shape }[]): number =>
    parameters.reduce((sum, { shape }) => sum + size(shape), 0);
  const [parameters, trainable] = [countOf(model.parameters), countOf(model.trained)];
  const columns = ['output shape', 'parameters', ...(trainable === parameters ? [] : ['trainable']), 'operations'];
  const table = formatLayers(model.graph, Object.keys(model.info.inputs)[0]!, columns, ({ name, weightsOf }) => {
    const shape = forward.shapes[forward.outputs.get(names.layer(name))!]!.slice(1);
    const ofLayer = (all: readonly Parameter[], wanted: string): number => countOf(all.filter(({ layer }) => layer === wanted));
    const shares = weightsOf !== undefined && ofLayer(model.parameters, weightsOf.layer) > 0;
    const own = [model.parameters, model.trained].map((all) => (shares ? 'shared' : formatCount(ofLayer(all, name))));
    const counts = trainable === parameters ? own.slice(0, 1) : own;
    return [shape.join(' x '), ...counts, formatLarge(operationsByLayer.get(name) ?? 0)];
  });
  const stepOperations = step.ops.reduce((sum, op) => sum + operationsOf(op, step.shapes), 0);
  const memory = memoryOf([step, evaluationProgram(model, batch)], threads);
  const frozen =
    trainable === parameters ? '' : `, ${formatCount(trainable)} trainable and ${formatCount(parameters - trainable)} frozen`;
  return [
    table,
    '',
    ...Object.entries(model.info.inputs).map(([name, { shape }]) => `${`${name} shape`.padEnd(20)} ${shape.join(' x ')}`),
    `parameters           ${formatCount(parameters)} (${formatBytes(parameters * 4)})${frozen}`,
    `operations           ${formatLarge([...operationsByLayer.values()].reduce((a, b) => a + b, 0))} per sample forward, ${formatLarge(stepOperations)} per training step of ${batch}`,
    `memory of a step     ${formatBytes(memory)} on the CPU with ${threads} thread${threads === 1 ? '' : 's'}, beside the data`,
  ].join('\n');
}
