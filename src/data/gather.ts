import type { Column } from './field.js';

/** How a column lies in memory, in elements. */
export interface Layout {
  readonly size: number;
  readonly step: number;
  readonly offset: number;
}

// One loop per kind of array: V8 compiles a loop that meets several for none of them.

/** Four at a time: V8 does not unroll, and half of the time of the plain loop goes to its counters. */
function gatherBytes(
  from: Uint8Array,
  table: Float32Array,
  { size, step, offset }: Layout,
  order: Uint32Array,
  start: number,
  count: number,
  to: Float32Array,
): void {
  let out = 0;
  for (let i = 0; i < count; i++) {
    let at = offset + order[start + i]! * step;
    const end = at + size;
    for (; at + 3 < end; at += 4, out += 4) {
      to[out] = table[from[at]!]!;
      to[out + 1] = table[from[at + 1]!]!;
      to[out + 2] = table[from[at + 2]!]!;
      to[out + 3] = table[from[at + 3]!]!;
    }
    while (at < end) to[out++] = table[from[at++]!]!;
  }
}

function gatherChannels(
  from: Uint8Array,
  table: Float32Array,
  { size, step, offset }: Layout,
  order: Uint32Array,
  start: number,
  count: number,
  to: Float32Array,
): void {
  const channels = table.length / 256;
  for (let i = 0, out = 0; i < count; i++) {
    const first = offset + order[start + i]! * step;
    for (let at = first; at < first + size;) {
      for (let channel = 0; channel < channels; channel++) to[out++] = table[from[at++]! * channels + channel]!;
    }
  }
}

function gatherWords(
  from: Uint16Array,
  { size, step, offset }: Layout,
  order: Uint32Array,
  start: number,
  count: number,
  to: Float32Array,
): void {
  for (let i = 0, out = 0; i < count; i++) {
    const first = offset + order[start + i]! * step;
    for (let at = first; at < first + size; at++) to[out++] = from[at]!;
  }
}

/** Samples of a sound. */
function gatherSamples(
  from: Int16Array,
  { size, step, offset }: Layout,
  order: Uint32Array,
  start: number,
  count: number,
  to: Float32Array,
): void {
  for (let i = 0, out = 0; i < count; i++) {
    const first = offset + order[start + i]! * step;
    for (let at = first; at < first + size; at++) to[out++] = from[at]! / 32768;
  }
}

function gatherFloats(
  from: Float32Array,
  { size, step, offset }: Layout,
  order: Uint32Array,
  start: number,
  count: number,
  to: Float32Array,
): void {
  for (let i = 0, out = 0; i < count; i++) {
    const first = offset + order[start + i]! * step;
    for (let at = first; at < first + size; at++) to[out++] = from[at]!;
  }
}

/**
 * Copies the records `order[start … start + count - 1]` of a column to `to`, one after the other.
 * @param table what each byte becomes, `[256]` or `[256, channels]`
 */
export function gather(
  values: Column['values'],
  table: Float32Array,
  layout: Layout,
  order: Uint32Array,
  start: number,
  count: number,
  to: Float32Array,
): void {
  if (values instanceof Uint8Array) {
    if (table.length === 256) gatherBytes(values, table, layout, order, start, count, to);
    else gatherChannels(values, table, layout, order, start, count, to);
  } else if (values instanceof Int16Array) gatherSamples(values, layout, order, start, count, to);
  else if (values instanceof Uint16Array) gatherWords(values, layout, order, start, count, to);
  else gatherFloats(values, layout, order, start, count, to);
}
