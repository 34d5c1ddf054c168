import { join, sep } from 'node:path';
import type { Command } from 'commander';
import { type Field, fieldsOf } from '../../catalog/dataset.js';
import { datasets } from '../../catalog/datasets/index.js';
import { listOf } from '../../data/categories.js';
import type { Model } from '../../graph/programs.js';
import { type LoadedExperiment, loadExperiment } from '../../spec/load.js';
import { type DataReport, type NumberReport, type PartName, examineData } from '../../train/examine.js';
import { prepareModel } from '../../train/prepare.js';
import { datasetContext } from '../../train/run.js';
import { type PlannedData, planData } from '../../train/sources.js';
import { showDoubtful, showSamples } from '../data-samples.js';
import { describeDoubtful, warningsOf } from '../data-warnings.js';
import { visible } from '../draw-sample.js';
import { formatCount, formatMetric, formatTable, wrapHanging } from '../format.js';
import { setOption, wholeNumber } from '../options.js';
import { printNote, printResult } from '../output.js';
import { colorsOfOutput } from '../terminal-colors.js';
import { cut, textWidth } from '../text-width.js';

interface DataFlags {
  set?: string[];
  samples: number;
  sheet?: string;
  runs: string;
  json?: boolean;
}

export function addDataCommand(program: Command): void {
  program
    .command('data')
    .description('look at the data of a config: what the net will see, and what is wrong with it')
    .argument('<config>', 'the config file')
    .addOption(setOption())
    .option('--samples <n>', 'training records to show', wholeNumber(0), 6)
    .option('--sheet <file>', 'where pictures are written, in place of <runs>/<name>-data.png')
    .option('--runs <dir>', 'where that is', 'runs')
    .option('--json', 'print what was found as JSON, and draw nothing')
    .action(showData);
}

async function showData(config: string, flags: DataFlags): Promise<void> {
  const loaded = openConfig(config, flags.set ?? []);
  const context = { ...datasetContext(loaded.folder, (line) => printNote(shortened(line))), showsNotes: true };
  const model = await prepareModel(loaded, context);
  const data = await planData(loaded, model, context);
  const report = await examineData(model, data);
  const warnings = warningsOf(report, data.plans.train.fields);
  if (flags.json) {
    printResult(JSON.stringify({ ...report, warnings }));
    return;
  }
  const colors = colorsOfOutput();
  const pieces = [
    describeFiles(report),
    describeFields(model, data),
    describeValues(data),
    describeClasses(report),
    describeNumbers(report),
  ];
  printResult(pieces.filter((piece) => piece !== '').join('\n\n'));
  const sheet = flags.sheet ?? join(flags.runs, `${loaded.experiment.name}-data.png`);
  if (flags.samples > 0) {
    await showSamples(model, data, { count: flags.samples, sheet, colors });
    await showDoubtful(report, data, { colors });
  }
  const findings = [
    ...report.notes,
    ...warnings.map((warning) => `warning: ${warning}`),
    ...describeDoubtful(report, data.dataset),
  ];
  if (findings.length > 0) printLines('');
  for (const finding of findings) printLines(finding);
}

/** Files that cannot be read are listed here, and only fail where a net is to be trained. */
function openConfig(config: string, overrides: readonly string[]): LoadedExperiment {
  const loaded = loadExperiment(config, { overrides });
  const { type } = loaded.experiment.data.dataset;
  if (!('on_error' in datasets.get(type).options.shape)) return loaded;
  return loadExperiment(config, { overrides: [...overrides, 'data.dataset.on_error=skip'] });
}

/** Files by their places in the working folder, names as a terminal shows them, and lines as long as it is wide. */
const shortened = (text: string): string => wrapHanging(visible(text.replaceAll(`${process.cwd()}${sep}`, ''))).join('\n');
const printLines = (text: string): void => printResult(shortened(text));

const columnsOfTerminal = 80;

function describeFiles({ provenance }: DataReport): string {
  const most = 4;
  const files = provenance.filter(({ skipped }) => skipped === undefined);
  const lines = files.slice(0, most).flatMap(({ file, md5 }) => {
    const name = visible(file.replace(`${process.cwd()}${sep}`, ''));
    const line = `${name}  md5 ${md5}`;
    return textWidth(line) <= columnsOfTerminal ? [line] : [name, `  md5 ${md5}`];
  });
  if (files.length > most) lines.push(`and ${formatCount(files.length - most)} more files`);
  return lines.join('\n');
}

const describeField = ({ kind, shape, ...field }: Field): string => {
  const size = shape.length === 0 ? 'one' : shape.join(' x ');
  return kind === 'number'
    ? `${size} ${shape.length === 0 ? 'number' : 'numbers'}`
    : `${size} of ${(field as { classes: number }).classes} classes`;
};

function describeStored(field: Field): string {
  const { sampleRate } = field as { sampleRate?: number };
  if (sampleRate === undefined || field.shape.length === 0) return describeField(field);
  return `${field.shape.join(' x ')} samples, ${formatMetric(field.shape[0]! / sampleRate)} s`;
}

const isSameShape = (stored: Field, read: Field | undefined): boolean =>
  read === undefined || stored.shape.join() === read.shape.join();

function describeFields(model: Model, { dataset }: PlannedData): string {
  const read = fieldsOf(model.info);
  const rows = Object.entries(fieldsOf(dataset.info)).map(([name, field]) => [
    name in dataset.info.inputs ? 'input' : 'target',
    name,
    describeStored(field),
    isSameShape(field, read[name]) ? describeStored(field) : describeField(read[name]!),
  ]);
  const isSame = rows.every(([, , stored, after]) => stored === after);
  return formatTable(
    ['', 'field', 'a record has', ...(isSame ? [] : ['the model reads'])],
    rows.map((row) => (isSame ? row.slice(0, 3) : row)),
    [],
  );
}

/** What numbers of tables stand for. */
function describeValues({ dataset: { valueNames = {} } }: PlannedData): string {
  return Object.entries(valueNames)
    .flatMap(([field, names]) => wrapHanging(`numbers of ${field}: ${listOf(names.map(visible))}`))
    .join('\n');
}

const mostClasses = 30;
/** Columns of what a class is called. */
const mostOfLabel = 40;

function describeClasses({ parts, classes }: DataReport): string {
  const names = parts.map(({ part }) => part);
  if (classes.length === 0)
    return formatTable(
      ['part', 'records'],
      parts.map(({ part, records }) => [part, formatCount(records)]),
      [1],
    );
  return classes
    .map(({ field, labels, counts }) => {
      const shown = labels.slice(0, mostClasses);
      const row = (label: string, count: (part: PartName) => number): string[] => [
        label,
        ...names.map((part) => formatCount(count(part))),
      ];
      const rows = shown.map((label, i) =>
        row(label === '' ? '(none)' : cut(visible(label), mostOfLabel) || JSON.stringify(label), (part) => counts[part]![i]!),
      );
      if (labels.length > mostClasses) rows.push([`… ${labels.length - mostClasses} more`, ...names.map(() => '')]);
      rows.push(row('all', (part) => parts.find((one) => one.part === part)!.records));
      return formatTable(
        [field, ...names],
        rows,
        names.map((_, i) => i + 1),
      );
    })
    .join('\n\n');
}

function describeNumbers({ numbers }: DataReport): string {
  if (numbers.length === 0) return '';
  const row = (name: string, { min, max, mean, deviation }: NumberReport): string[] => [
    name,
    ...[min, max, mean, deviation].map((value) => formatMetric(Number(value.toPrecision(5)))),
  ];
  const rows = numbers.flatMap(({ field, stored, read }) => [
    row(field, stored),
    ...(read === undefined ? [] : [row(`${field}, transformed`, read)]),
  ]);
  return formatTable(['training part', 'min', 'max', 'mean', 'deviation'], rows, [1, 2, 3, 4]);
}
