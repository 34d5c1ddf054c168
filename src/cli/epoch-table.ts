import { formatMetric } from './format.js';

type Values = Readonly<Record<string, number>>;

/** As wide as a terminal is expected to be. */
const widest = 80;

/** A line of cells under a label. Cells stand to the right, in columns as wide as their names. */
interface Row {
  readonly label: string;
  readonly cells: readonly string[];
}

/** Which values stand where. */
interface Layout {
  readonly label: string;
  readonly names: readonly string[];
  /** How many values the table has no room for. */
  readonly left: number;
  rows(label: string, values: Values): Row[];
}

/**
 * What each epoch came to, as the lines of a table that grows: names stand above the first one only, which saves width. What does not fit
 * into a line has one for training and one for validation, and what still does not fit is left to the files.
 */
export class EpochTable {
  private readonly epochs: number;
  private layout: Layout | undefined;

  constructor(epochs: number) {
    this.epochs = epochs;
  }

  /** @param values means of the epoch, and the seconds it took */
  lines(epoch: number, values: Values): string[] {
    const total = String(this.epochs);
    const first = Math.max('epoch'.length, 2 * total.length + 1);
    const headed = this.layout !== undefined;
    const layout = (this.layout ??= layoutOf(Object.keys(values), first));
    const rows = layout.rows(`${String(epoch).padStart(total.length)}/${total}`.padEnd(first), values);
    if (!headed) rows.unshift({ label: layout.label, cells: layout.names });
    const lines = rows.map(({ label, cells }) => {
      const columns = cells.map((cell, i) => cell.padStart(widthOf(layout.names[i]!)));
      return [label.padEnd(layout.label.length), ...columns].join('  ').trimEnd();
    });
    if (!headed && layout.left > 0) lines.splice(1, 0, `(${layout.left} more in metrics.jsonl)`);
    return lines;
  }
}

const widthOf = (name: string): number => Math.max(name.length, 8);

const tableWidth = (label: number, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + 2 + widthOf(name), label);

function layoutOf(names: readonly string[], first: number): Layout {
  const label = 'epoch'.padEnd(first);
  const plain = (name: string, values: Values): string => format(name, values[name]);
  if (tableWidth(first, names) <= widest) {
    return {
      label,
      names,
      left: 0,
      rows: (epoch, values) => [{ label: epoch, cells: names.map((name) => plain(name, values)) }],
    };
  }
  const splits = ['train', 'val'].filter((split) => names.some((name) => name.startsWith(`${split}_`)));
  const others = names.filter((name) => !splits.some((split) => name.startsWith(`${split}_`)));
  // Validation has all that training has, and what needs all records at once.
  const measured = [...new Set(splits.toReversed().flatMap((split) => namesOf(split, names)))];
  const wide = `${label}  ${''.padEnd('train'.length)}`;
  let shown = measured.length;
  while (shown > 1 && tableWidth(wide.length, [...measured.slice(0, shown), ...others]) > widest) shown--;
  const columns = measured.slice(0, shown);
  return {
    label: wide,
    names: [...columns, ...others],
    left: measured.length - shown,
    rows: (epoch, values) =>
      splits.map((split, i) => ({
        label: `${i === 0 ? epoch : ''.padEnd(first)}  ${split}`,
        cells: [
          ...columns.map((name) => plain(`${split}_${name}`, values)),
          // What is of the whole epoch stands in its last line.
          ...(i === splits.length - 1 ? others.map((name) => plain(name, values)) : []),
        ],
      })),
  };
}

const namesOf = (split: string, names: readonly string[]): string[] =>
  names.filter((name) => name.startsWith(`${split}_`)).map((name) => name.slice(split.length + 1));

function format(name: string, value: number | undefined): string {
  if (value === undefined) return '';
  return name === 'seconds' ? value.toFixed(1) : formatMetric(Number(value.toPrecision(4)));
}
