/** The one of `names` that `word` was probably meant to be, if any is near enough. */
export function nearestName(word: string, names: Iterable<string>): string | undefined {
  const wanted = letters(word);
  let best: { name: string; distance: number } | undefined;
  for (const name of names) {
    if (name === word) continue;
    const candidate = letters(name);
    // batchSize for batch_size, lr for learning_rate: another spelling, not a slip.
    const distance = candidate === wanted || initials(name) === wanted ? 0 : editDistance(wanted, candidate);
    if (distance <= allowance(wanted, candidate) && (best === undefined || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
}

/** One slip in three letters: beyond that a suggestion is a guess. */
const allowance = (a: string, b: string): number => Math.floor(Math.max(3, Math.min(a.length, b.length)) / 3);

const letters = (name: string): string =>
  name
    .slice(0, 64)
    .toLowerCase()
    .replace(/[_\s-]/g, '');

function initials(name: string): string | undefined {
  const words = name.split('_');
  return words.length > 1 ? words.map((word) => word.slice(0, 1)).join('') : undefined;
}

/** Damerau–Levenshtein in its optimal string alignment form: insert, delete, replace, swap two neighbours; each costs 1. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(replace, last[j]! + 1, row[j - 1]! + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
