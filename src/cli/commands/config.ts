import type { Command } from 'commander';
import { size } from '../../shape.js';
import { jsonSchema } from '../../spec/json-schema.js';
import { loadExperiment } from '../../spec/load.js';
import { prepareModel } from '../../train/prepare.js';
import { datasetContext } from '../../train/run.js';
import { formatCount } from '../format.js';
import { setOption } from '../options.js';
import { printNote, printResult, reportError } from '../output.js';

interface ConfigFlags {
  set?: string[];
}

/** `nn validate`, `nn config` and `nn schema`. */
export function addConfigCommands(program: Command): void {
  const overridable = (command: Command): Command => command.addOption(setOption());

  overridable(
    program
      .command('validate')
      .description('check configs, and that their models fit their data')
      .argument('<config...>', 'config files'),
  ).action(async (configs: string[], { set }: ConfigFlags) => {
    for (const config of configs) {
      try {
        printResult(`${config}: ${await validate(config, set ?? [])}`);
      } catch (error) {
        // The other configs are to be checked too.
        process.exitCode = reportError(error, program.opts<{ debug?: boolean }>().debug === true);
      }
    }
  });

  overridable(
    program
      .command('config')
      .description('print a config with every default, and where each value comes from')
      .argument('<config>', 'the config file'),
  ).action((config: string, { set }: ConfigFlags) =>
    printResult(
      loadExperiment(config, { overrides: set ?? [] })
        .toYaml()
        .trimEnd(),
    ),
  );

  program
    .command('schema')
    .description('print the JSON Schema of configs, for editors')
    .action(() => printResult(JSON.stringify(jsonSchema(), undefined, 2)));
}

async function validate(config: string, overrides: readonly string[]): Promise<string> {
  const loaded = loadExperiment(config, { overrides });
  const { parameters, graph } = await prepareModel(loaded, datasetContext(loaded.folder, printNote));
  const count = parameters.reduce((sum, { shape }) => sum + size(shape), 0);
  return `valid (${graph.nodes.length} layers, ${formatCount(count)} parameters)`;
}
