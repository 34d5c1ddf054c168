import type { Column } from './field.js';

/**
 * Puts records of `size` values into another order where they lie: record i becomes what record `order[i]` was. Of what is too large to be in
 * memory twice.
 * @param order every record once
 */
export function rearrange(values: Column['values'], size: number, order: Uint32Array): void {
  const isDone = new Uint8Array(order.length);
  for (let first = 0; first < order.length; first++) {
    if (isDone[first] === 1) continue;
    // Each place gets its record from the next one of the circle; the first record has been put aside.
    const aside = values.slice(first * size, (first + 1) * size);
    let at = first;
    for (; order[at] !== first; at = order[at]!) {
      values.copyWithin(at * size, order[at]! * size, (order[at]! + 1) * size);
      isDone[at] = 1;
    }
    values.set(aside, at * size);
    isDone[at] = 1;
  }
}
