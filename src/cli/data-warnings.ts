import type { DatasetInfo, Field } from '../catalog/dataset.js';
import { type DataReport, type NamedRecord, labelsOf } from '../train/examine.js';
import { formatCount, formatMetric } from './format.js';

/** `train record 17 (cats/3.png)` */
export const nameOf = ({ part, record, name }: NamedRecord): string =>
  `${part} record ${record}${name === undefined ? '' : ` (${name})`}`;

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
    const example = `the first is ${nameOf(first.second)}, the same as ${nameOf(first.first)}`;
    const what = `${formatCount(count)} ${part} record${count === 1 ? ' has' : 's have'} the inputs of a ${of === part ? 'record before' : `${of} record`}`;
    found.push(`${what}: ${example}${of === part ? '' : '; what was learnt by heart counts there as known (leakage)'}`);
  }
  if (contradictions.count > 0) {
    const listed = contradictions.first.map(({ first, second }) => `${nameOf(first)} and ${nameOf(second)}`);
    found.push(
      `${formatCount(contradictions.count)} ${contradictions.count === 1 ? 'record has' : 'records have'} the inputs of another and a different class, such as ${listed.join(', ')}`,
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

/** The target whose labels were looked at: the one that is a class. */
export const doubtedField = ({ info }: { readonly info: DatasetInfo }): Field =>
  Object.values(info.targets).find(({ kind, shape }) => kind === 'class' && shape.length === 0)!;

const mostDoubtful = 10;

/** Which labels are likely wrong, a line each, below a line that says how that was found. */
export function describeDoubtful({ doubtful }: DataReport, dataset: { readonly info: DatasetInfo }): string[] {
  if (doubtful === undefined || doubtful.found.length === 0) return [];
  const { compared, records, neighbours, found } = doubtful;
  const labels = labelsOf(doubtedField(dataset));
  const lines = found.slice(0, mostDoubtful).map((one) => {
    const near = one.votes === neighbours ? `its ${neighbours} nearest` : `${one.votes} of its ${neighbours} nearest`;
    return `  ${nameOf(one)} is "${labels[one.label]}", ${near} are "${labels[one.other]}"`;
  });
  const more = found.length - lines.length;
  const among =
    compared < records
      ? `${formatCount(compared)} of the ${formatCount(records)} records, taken at random`
      : `${formatCount(records)} records`;
  return [
    `likely wrong labels, a guess from what is near in ${among}: ${formatCount(found.length)}`,
    ...lines,
    ...(more > 0 ? [`  and ${formatCount(more)} more, which --json lists`] : []),
  ];
}
