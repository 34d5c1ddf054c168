/**
 * Changes the inputs of a batch, `[batch, ...record shape]` row-major, in place, or gives back others where records get another shape;
 * those are overwritten at the next call.
 */
export interface BatchTransform {
  (values: Float32Array): void | Float32Array;
  /** Set where a value becomes what it becomes by itself and its channel (the last axis) alone; see `pointwise`. */
  readonly pointwise?: true;
}

/** Marks a transform whose result for a value depends on nothing but the value and its channel, the last axis. */
export function pointwise(transform: (values: Float32Array) => void): BatchTransform {
  return Object.assign(transform, { pointwise: true as const });
}

/** With more channels the table leaves the processor's first cache, and computing is faster than looking up. */
const mostChannels = 16;

/**
 * What each byte stands for, value / 255 rounded to float32, after the leading pointwise transforms: the same bits as
 * transforming every value of a batch, at no cost per batch.
 * @returns `table`, `[256, channels]`, or `[256]` if it is the same for every channel, and how many transforms it `folded`
 */
export function byteTable(
  inputShape: readonly number[],
  transforms: readonly BatchTransform[],
): { table: Float32Array; folded: number } {
  const channels = inputShape.at(-1) ?? 1;
  const values = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);
  const other = transforms.findIndex((transform) => transform.pointwise !== true);
  const folded = channels > mostChannels ? 0 : other < 0 ? transforms.length : other;
  if (folded === 0) return { table: values, folded };

  // A transform sees whole records: as many as hold 256 pixels, pixel b showing byte b in every channel.
  const recordSize = inputShape.reduce((product, size) => product * size, 1);
  const records = new Float32Array(Math.ceil((256 * channels) / recordSize) * recordSize);
  for (let i = 0; i < 256 * channels; i++) records[i] = values[Math.floor(i / channels)]!;
  for (const transform of transforms.slice(0, folded)) transform(records);
  return { table: records.slice(0, 256 * channels), folded };
}
