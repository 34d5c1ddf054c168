import { formatMetric } from './format.js';

/** What each epoch came to, as the lines of a table that grows: names stand above the first one only, which saves width. */
export class EpochTable {
  private readonly epochs: number;
  private names: readonly string[] | undefined;

  constructor(epochs: number) {
    this.epochs = epochs;
  }

  /** @param values means of the epoch, and the seconds it took */
  lines(epoch: number, values: Readonly<Record<string, number>>): string[] {
    const total = String(this.epochs);
    const first = Math.max('epoch'.length, 2 * total.length + 1);
    const headed = this.names !== undefined;
    const names = (this.names ??= Object.keys(values));
    const widths = names.map((name) => Math.max(name.length, 8));
    const row = (label: string, cells: string[]): string =>
      [label.padEnd(first), ...cells.map((cell, i) => cell.padStart(widths[i]!))].join('  ');
    const lines = [
      row(
        `${String(epoch).padStart(total.length)}/${total}`,
        names.map((name) => (name === 'seconds' ? values[name]!.toFixed(1) : formatMetric(Number(values[name]!.toPrecision(4))))),
      ),
    ];
    if (!headed) lines.unshift(row('epoch', [...names]));
    return lines;
  }
}
