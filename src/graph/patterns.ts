import { nearestName } from '../spec/nearest-name.js';

/** Whether a name fits a pattern, in which `*` stands for any characters and `?` for one. */
export function matches(pattern: string, name: string): boolean {
  const source = pattern.replace(/[\\^$.*+?()[\]{}|]/g, (character) =>
    character === '*' ? '.*' : character === '?' ? '.' : `\\${character}`,
  );
  return new RegExp(`^${source}$`, 's').test(name);
}

/** What a pattern that fits none of the names was probably meant to be, or which names there are. */
export function hintForPattern(pattern: string, names: readonly string[]): string {
  const shown = names.length > 12 ? [...names.slice(0, 12), '...'] : names;
  const meant = meantPattern(pattern, names);
  return meant === undefined ? `parameters: ${shown.join(', ')}` : `did you mean "${meant}"?`;
}

function meantPattern(pattern: string, names: readonly string[]): string | undefined {
  const layers = [...new Set(names.map((name) => name.slice(0, name.indexOf('/'))))];
  const own = [...new Set(names.map((name) => name.slice(name.indexOf('/') + 1)))];
  const near = (word: string, known: readonly string[]): string | undefined =>
    known.some((name) => matches(word, name)) ? word : nearestName(word, known);
  const slash = pattern.indexOf('/');
  // Half a name: a layer, or one of its parameters.
  if (slash < 0) {
    const layer = near(pattern, layers);
    if (layer !== undefined) return `${layer}/*`;
    const parameter = near(pattern, own);
    return parameter === undefined ? undefined : `*/${parameter}`;
  }
  const [layer, parameter] = [near(pattern.slice(0, slash), layers), near(pattern.slice(slash + 1), own)];
  if (layer === undefined || parameter === undefined) return undefined;
  const meant = `${layer}/${parameter}`;
  return names.some((name) => matches(meant, name)) ? meant : undefined;
}
