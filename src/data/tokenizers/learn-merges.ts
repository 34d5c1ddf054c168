import { byteTokens, firstMerge, pairKey, piecesOf } from './byte-pair.js';

/** A pair and how often it occurred when it was put into the queue. */
interface Entry {
  readonly key: number;
  readonly count: number;
}

/** The commonest first; of equally common pairs the one of the smallest tokens. */
const comesBefore = (a: Entry, b: Entry): boolean => a.count > b.count || (a.count === b.count && a.key < b.key);

/** A heap of pairs. Counts that have changed are put in again; what is old is found out when it comes out. */
class PairQueue {
  private readonly heap: Entry[] = [];

  push(entry: Entry): void {
    const { heap } = this;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!comesBefore(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  pop(): Entry | undefined {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && comesBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!comesBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

/**
 * Learns which pairs of tokens become one (Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword Units", 2016):
 * again and again the pair that occurs most, at least twice. Pieces that are equal are counted and looked at once.
 * @param most merges
 */
export function learnMerges(texts: Iterable<string>, most: number): [number, number][] {
  const pieceCounts = new Map<string, number>();
  for (const text of texts) for (const piece of piecesOf(text)) pieceCounts.set(piece, (pieceCounts.get(piece) ?? 0) + 1);
  const pieces = [...pieceCounts].map(([piece, count]) => ({ tokens: byteTokens(piece), count }));
  const counts = new Map<number, number>();
  /** In which pieces a pair may be. */
  const places = new Map<number, Set<number>>();
  const add = (key: number, count: number, piece: number): void => {
    counts.set(key, (counts.get(key) ?? 0) + count);
    const known = places.get(key);
    if (known === undefined) places.set(key, new Set([piece]));
    else known.add(piece);
  };
  pieces.forEach(({ tokens, count }, piece) => {
    for (let i = 0; i + 1 < tokens.length; i++) add(pairKey(tokens[i]!, tokens[i + 1]!), count, piece);
  });
  const queue = new PairQueue();
  for (const [key, count] of counts) queue.push({ key, count });

  const merges: [number, number][] = [];
  while (merges.length < most) {
    const best = queue.pop();
    if (best === undefined || best.count < 2) break;
    if (counts.get(best.key) !== best.count) continue;
    const [left, right] = [Math.floor(best.key / 2 ** 16), best.key % 2 ** 16];
    const token = firstMerge + merges.length;
    merges.push([left, right]);
    const changed = new Set<number>();
    for (const place of places.get(best.key)!) {
      const piece = pieces[place]!;
      const { tokens, count } = piece;
      const next = joined(tokens, left, right, token);
      if (next.length === tokens.length) continue;
      for (let i = 0; i + 1 < tokens.length; i++) {
        const key = pairKey(tokens[i]!, tokens[i + 1]!);
        counts.set(key, counts.get(key)! - count);
        changed.add(key);
      }
      for (let i = 0; i + 1 < next.length; i++) {
        const key = pairKey(next[i]!, next[i + 1]!);
        add(key, count, place);
        changed.add(key);
      }
      piece.tokens = next;
    }
    counts.delete(best.key);
    places.delete(best.key);
    for (const key of changed) {
      const count = counts.get(key);
      if (count !== undefined && count > 0) queue.push({ key, count });
    }
  }
  return merges;
}

/** With a pair as one token everywhere, from left to right. */
function joined(tokens: readonly number[], left: number, right: number, token: number): number[] {
  const next: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const isPair = tokens[i] === left && tokens[i + 1] === right;
    next.push(isPair ? token : tokens[i]!);
    if (isPair) i++;
  }
  return next;
}
