import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { type Field, fieldsOf } from '../../catalog/dataset.js';
import { datasets } from '../../catalog/datasets/index.js';
import type { Model } from '../../graph/programs.js';
import { type LoadedExperiment, loadExperiment } from '../../spec/load.js';
import { type DataReport, type NumberReport, type PartName, drawSamples, examineData } from '../../train/examine.js';
import { prepareModel } from '../../train/prepare.js';
import { datasetContext } from '../../train/run.js';
import { type PlannedData, planData } from '../../train/sources.js';
import { drawValues, pictureOf, sideBySide } from '../draw-sample.js';
import { formatCount, formatMetric, formatTable, wrap } from '../format.js';
import { setOption, wholeNumber } from '../options.js';
import { printNote, printResult } from '../output.js';
import { type Picture, writeSampleSheet } from '../sample-sheet.js';

interface DataFlags {
  set?: string[];
  samples: number;
  sheet?: string;
  runs: string;
  json?: boolean;
}

const columnsOfTerminal = 80;
/** How many epochs of augmentation a sheet shows. */
const shownEpochs = 4;

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
  const context = datasetContext(loaded.folder, printNote);
  const model = await prepareModel(loaded, context);
  const data = await planData(loaded, model, context);
  const report = await examineData(model, data);
  const warnings = warningsOf(report, data.plans.train.fields);
  if (flags.json) {
    printResult(JSON.stringify({ ...report, warnings }));
    return;
  }
  const pieces = [describeFiles(report), describeFields(model, data), describeClasses(report), describeNumbers(report)];
  printResult(pieces.filter((piece) => piece !== '').join('\n\n'));
  await showSamples(loaded, model, data, flags);
  for (const note of report.notes) printLines(note);
  for (const warning of warnings) printLines(`warning: ${warning}`);
}

/** Files that cannot be read are listed here, and only fail where a net is to be trained. */
function openConfig(config: string, overrides: readonly string[]): LoadedExperiment {
  const loaded = loadExperiment(config, { overrides });
  const { type } = loaded.experiment.data.dataset;
  if (!('on_error' in datasets.get(type).options.shape)) return loaded;
  return loadExperiment(config, { overrides: [...overrides, 'data.dataset.on_error=skip'] });
}

const printLines = (text: string): void => printResult(wrap(text, columnsOfTerminal).join('\n'));

function describeFiles({ provenance }: DataReport): string {
  const most = 4;
  const lines = provenance.slice(0, most).map(({ file, md5 }) => `${file}  md5 ${md5}`);
  if (provenance.length > most) lines.push(`and ${formatCount(provenance.length - most)} more files`);
  return lines.join('\n');
}

const describeField = ({ kind, shape, ...field }: Field): string => {
  const size = shape.length === 0 ? 'one' : shape.join(' x ');
  return kind === 'number'
    ? `${size} ${shape.length === 0 ? 'number' : 'numbers'}`
    : `${size} of ${(field as { classes: number }).classes} classes`;
};

function describeFields(model: Model, { dataset }: PlannedData): string {
  const read = fieldsOf(model.info);
  const rows = Object.entries(fieldsOf(dataset.info)).map(([name, field]) => [
    name in dataset.info.inputs ? 'input' : 'target',
    name,
    describeField(field),
    describeField(read[name] ?? field),
  ]);
  const isSame = rows.every(([, , stored, after]) => stored === after);
  return formatTable(
    ['', 'field', 'a record has', ...(isSame ? [] : ['the model reads'])],
    rows.map((row) => (isSame ? row.slice(0, 3) : row)),
    [],
  );
}

const mostClasses = 30;

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
      const rows = shown.map((label, i) => row(label === '' ? '(none)' : label, (part) => counts[part]![i]!));
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

/** What may be wrong, a sentence each. */
export function warningsOf(
  { parts, classes, numbers, duplicates, contradictions }: DataReport,
  fields: Readonly<Record<string, Field>>,
): string[] {
  const found: string[] = [];
  for (const { part, records, examined } of parts) {
    if (examined < records)
      found.push(`only the first ${formatCount(examined)} of ${formatCount(records)} ${part} records were looked at`);
  }
  for (const { part, of, count, first } of duplicates) {
    const example = `the first is ${part} record ${first.second.record}, the same as ${of} record ${first.first.record}`;
    const what = `${formatCount(count)} ${part} record${count === 1 ? ' has' : 's have'} the inputs of a ${of === part ? 'record before' : `${of} record`}`;
    found.push(`${what}: ${example}${of === part ? '' : '; what was learnt by heart counts there as known (leakage)'}`);
  }
  if (contradictions.count > 0) {
    const listed = contradictions.first.map(
      ({ first, second }) => `${first.part} ${first.record} and ${second.part} ${second.record}`,
    );
    found.push(
      `${formatCount(contradictions.count)} records have the inputs of another and a different class, such as ${listed.join(', ')}`,
    );
  }
  for (const { field, labels, counts } of classes) {
    const train = counts.train!;
    for (const [part, own] of Object.entries(counts)) {
      const empty = labels.filter((_, i) => own[i] === 0);
      if (empty.length > 0) found.push(`${field}: no ${part} record of ${listed(empty)}`);
    }
    const present = train.filter((count) => count > 0);
    const [least, most] = [Math.min(...present), Math.max(...present)];
    if (most > 10 * least) {
      found.push(
        `${field}: ${labels[train.indexOf(most)]} has ${formatCount(most)} training records, ${labels[train.indexOf(least)]} only ${formatCount(least)}`,
      );
    }
  }
  for (const { field, stored, read } of numbers) {
    if (stored.notFinite > 0) found.push(`${field}: ${formatCount(stored.notFinite)} values are NaN or infinite`);
    // Corners of pictures may well be black in all of them.
    if (stored.constant > 0 && fields[field]?.shape.length === 1) {
      found.push(
        `${field}: ${formatCount(stored.constant)} of ${formatCount(stored.places)} places hold the same in every training record`,
      );
    }
    const seen = read ?? stored;
    if (Math.max(Math.abs(seen.min), Math.abs(seen.max)) > 100) {
      found.push(
        `${field}: values go from ${formatMetric(seen.min)} to ${formatMetric(seen.max)}; nets learn best from values of about -1 … 1 (see transforms)`,
      );
    }
  }
  return found;
}

const listed = (labels: readonly string[]): string =>
  [...labels.slice(0, 8), ...(labels.length > 8 ? [`${labels.length - 8} more`] : [])].join(', ');

async function showSamples(loaded: LoadedExperiment, model: Model, data: PlannedData, flags: DataFlags): Promise<void> {
  if (flags.samples === 0) return;
  const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const samples = await drawSamples(data, flags.samples, shownEpochs);
  const [stored, read] = [fieldsOf(data.dataset.info), fieldsOf(model.info)];
  const pictures = Object.keys(read).filter((name) => pictureOf(read[name]!) !== undefined);
  const others = Object.keys(stored).filter((name) => pictureOf(stored[name]!) === undefined);
  const blocks = samples.map(({ record, stored: values }) => [
    ...Object.keys(stored).flatMap((name) => {
      const picture = pictureOf(stored[name]!);
      return picture === undefined ? [] : drawValues(values.get(name)!, stored[name]!, { width: pictureWidth, color });
    }),
    `record ${record}`,
    ...others.map((name) => {
      const width = Object.keys(stored).length > others.length ? pictureWidth : columnsOfTerminal;
      const [text = ''] = drawValues(values.get(name)!, stored[name]!, {
        width: Math.max(8, width - name.length - 2),
        color: false,
      });
      return `${name}: ${text}`;
    }),
  ]);
  const width = Object.keys(stored).length > others.length ? pictureWidth : columnsOfTerminal;
  printResult(`\n${sideBySide(blocks, width, columnsOfTerminal).join('\n')}`);
  if (pictures.length === 0) return;
  const path = flags.sheet ?? join(flags.runs, `${loaded.experiment.name}-data.png`);
  const columns = samples.map((sample) =>
    pictures.flatMap((name): Picture[] => {
      const before = pictureOf(stored[name]!);
      const after = pictureOf(read[name]!)!;
      return [
        ...(before === undefined ? [] : [{ ...before, values: sample.stored.get(name)! }]),
        ...sample.read.map((values) => ({ ...after, values: values.get(name)! })),
      ];
    }),
  );
  mkdirSync(dirname(path), { recursive: true });
  await writeSampleSheet(path, columns);
  printLines(`${path}: a column for each of them, above as it is stored, below as the model reads it in ${shownEpochs} epochs`);
}

const pictureWidth = 25;
