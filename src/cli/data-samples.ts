import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Field, fieldsOf } from '../catalog/dataset.js';
import type { Model } from '../graph/programs.js';
import { type Sample, drawSamples, storedRecords } from '../train/draw-samples.js';
import { type DataReport, labelsOf } from '../train/examine.js';
import type { PlannedData } from '../train/sources.js';
import { doubtedField } from './data-warnings.js';
import { drawValues, pictureOf, pictureValues, rangeOf, sideBySide, visible } from './draw-sample.js';
import { wrapHanging } from './format.js';
import { printResult } from './output.js';
import { type Picture, spectrumOf, writeSampleSheet } from './sample-sheet.js';
import type { Colors } from './terminal-colors.js';
import { cut } from './text-width.js';

const columnsOfTerminal = 80;
const pictureWidth = 25;
/** How many epochs of augmentation a sheet shows. */
const shownEpochs = 4;
/** Pictures of labels that are likely wrong: a row. */
const shownDoubtful = 3;

interface SampleOptions {
  readonly count: number;
  /** Where pictures are written. */
  readonly sheet: string;
  readonly colors: Colors;
}

type Fields = Readonly<Record<string, Field>>;

/** Draws training records in the terminal and, where the model reads pictures, as a PNG sheet. */
export async function showSamples(model: Model, data: PlannedData, { count, sheet, colors }: SampleOptions): Promise<void> {
  const { augment, transforms } = data.plans.train;
  const samples = await drawSamples(data, count, augment.length > 0 ? shownEpochs : 1);
  const [stored, read] = [fieldsOf(data.dataset.info), fieldsOf(model.info)];
  const blocks = samples.map(({ record, stored: values }) => blockOf(`train record ${record}`, values, stored, colors));
  printResult(`\n${inRows(blocks, stored).join('\n')}`);
  const names = Object.keys(read).filter((name) => pictureOf(read[name]!) !== undefined);
  if (names.length === 0) return;
  const areStored = names.every((name) => pictureOf(stored[name]!) !== undefined);
  const isSame = areStored && augment.length === 0 && transforms.length === 0;
  const columns = samples.map((sample) =>
    names.flatMap((name): Picture[] => {
      const before = pictureOf(stored[name]!);
      const after = pictureOf(read[name]!)!;
      const isSound = before === undefined && (stored[name] as { sampleRate?: number }).sampleRate !== undefined;
      const values = isSame ? [] : sample.read.map((record) => pictureValues(record.get(name)!, read[name]!));
      // In one range, as otherwise a picture that was made darker would look as bright as the others.
      const range = rangeOf(...values);
      const pictures = values.map((own): Picture => ({ ...after, values: own, range }));
      return [
        ...(before === undefined ? [] : [{ ...before, values: pictureValues(sample.stored.get(name)!, stored[name]!) }]),
        ...(isSound ? pictures.map(spectrumOf) : pictures),
      ];
    }),
  );
  mkdirSync(dirname(sheet), { recursive: true });
  await writeSampleSheet(sheet, columns);
  const epochs = augment.length > 0 ? ` in ${shownEpochs} epochs, a row each` : '';
  const rows = isSame
    ? 'as it is stored, which is what the model reads'
    : areStored
      ? `above as it is stored, below as the model reads it${epochs}`
      : `as the model reads it${epochs}`;
  const isSpectrum = names.some((name) => (stored[name] as { sampleRate?: number }).sampleRate !== undefined);
  const axes = isSpectrum ? '; time goes to the right, frequency up' : '';
  const order = names.length > 1 ? `; ${names.join(' before ')}` : '';
  printResult(['', ...wrapHanging(`${sheet}: a column for each of them, ${rows}${axes}${order}`)].join('\n'));
}

/** Draws some of the records whose labels are likely wrong, where they are pictures. */
export async function showDoubtful({ doubtful }: DataReport, data: PlannedData, { colors }: Pick<SampleOptions, 'colors'>) {
  const stored = fieldsOf(data.dataset.info);
  const inputs = Object.fromEntries(Object.keys(data.dataset.info.inputs).map((name) => [name, stored[name]!]));
  if (doubtful === undefined || !Object.values(inputs).some((field) => pictureOf(field) !== undefined)) return;
  const target = doubtedField(data.dataset);
  const blocks: string[][] = [];
  for (const one of doubtful.found.slice(0, shownDoubtful)) {
    const [values] = await storedRecords(data.plans[one.part]!, [one.record]);
    const classes = Object.entries({ target: one.label, nearest: one.other }).map(([title, place]) =>
      cut(visible(`${title}: ${labelsOf(target)[place]}`), pictureWidth),
    );
    blocks.push([...blockOf(`${one.part} record ${one.record}`, values!, inputs, colors), ...classes]);
  }
  if (blocks.length > 0) printResult(`\n${inRows(blocks, stored).join('\n')}`);
}

const hasPicture = (fields: Fields): boolean => Object.values(fields).some((field) => pictureOf(field) !== undefined);
const widthOf = (fields: Fields): number => (hasPicture(fields) ? pictureWidth : columnsOfTerminal);

const inRows = (blocks: readonly string[][], fields: Fields): string[] =>
  sideBySide(blocks, widthOf(fields), columnsOfTerminal).slice(0, -1);

/** A record in lines: pictures, a title, and a line for each other field. */
function blockOf(title: string, values: Sample, fields: Fields, colors: Colors): string[] {
  const names = Object.keys(fields);
  const isPicture = (name: string): boolean => pictureOf(fields[name]!) !== undefined;
  const draw = (name: string, width: number): string[] => drawValues(values.get(name)!, fields[name]!, { width, colors });
  return [
    ...names.filter(isPicture).flatMap((name) => draw(name, pictureWidth)),
    title,
    ...names
      .filter((name) => !isPicture(name))
      .map((name) => `${name}: ${draw(name, Math.max(8, widthOf(fields) - name.length - 2))[0] ?? ''}`),
  ];
}
