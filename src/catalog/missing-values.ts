import { listOf } from '../data/categories.js';
import type { Table } from '../data/table.js';
import type { TableColumn } from '../data/table-column.js';
import type { MissingOptions } from './feature.js';
import { features as kinds } from './features/index.js';
import type { Feature } from './table-features.js';

/**
 * Which columns lack values, a line each, and what becomes of them.
 * @param targets the columns that are to be told
 * @param policy `missing` of the data set, which is also that of targets
 */
export function describeMissing(
  { columns }: Table,
  features: ReadonlyMap<string, Feature>,
  targets: readonly string[],
  policy: MissingOptions['missing'],
): string[] {
  const ofTarget = policy === 'drop' ? leftOut : refused;
  const outcomes = [
    ...[...features].map(([name, feature]) => [name, outcome(feature)] as const),
    ...targets.map((name) => [name, ofTarget] as const),
  ];
  return missingNotes(outcomes.map(([name, becomes]) => ({ name, cells: columns.get(name)!, becomes })));
}

const leftOut = 'their rows are left out';
const refused = 'their rows are refused, unless `missing` or `on_error` says otherwise';

function outcome(feature: Feature): string {
  if (feature.missing === 'drop') return leftOut;
  if (feature.missing === 'fail') return refused;
  const filled = kinds.get(feature.type).filled(feature);
  return feature.missing === 'indicator' ? `${filled}, and another value says so` : filled;
}

/** `column "age": 3 of 100 values are missing: they become 0`, a line for columns that lack as many and become the same. */
export function missingNotes(columns: readonly { name: string; cells: TableColumn; becomes: string }[]): string[] {
  const notes = new Map<string, string[]>();
  for (const { name, cells, becomes } of columns) {
    if (!cells.some((cell) => cell === null)) continue;
    let count = 0;
    for (let row = 0; row < cells.length; row++) if (cells.at(row) === null) count++;
    const note = `${count} of ${cells.length} values ${count === 1 ? 'is' : 'are'} missing: ${becomes}`;
    notes.set(note, [...(notes.get(note) ?? []), `"${name}"`]);
  }
  return [...notes].map(([note, names]) =>
    names.length === 1 ? `column ${names[0]}: ${note}` : `columns ${listOf(names)}: of each ${note}`,
  );
}
