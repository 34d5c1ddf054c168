import type { RandomStream } from '../random.js';
import type { Picture } from './pictures.js';

/** A rectangle of a picture, in pixels. */
export interface PicturePart {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

type Range = readonly [low: number, high: number];

/**
 * Draws a part of a picture: its area uniformly from `scale` of the picture's, its width over its height from `ratio`, so that the logarithm
 * is uniform, and its place uniformly.
 * @returns nothing where ten draws have not fitted into the picture
 */
export function drawPart({ height, width }: Picture, scale: Range, ratio: Range, random: RandomStream): PicturePart | undefined {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = height * width * random.between(...scale);
    const aspect = Math.exp(random.between(Math.log(ratio[0]), Math.log(ratio[1])));
    const columns = Math.round(Math.sqrt(area * aspect));
    const rows = Math.round(Math.sqrt(area / aspect));
    if (columns < 1 || columns > width || rows < 1 || rows > height) continue;
    return { top: random.below(height - rows + 1), left: random.below(width - columns + 1), height: rows, width: columns };
  }
  return undefined;
}

/** Gives every value of a part of a picture what `value` gives, pixel by pixel. */
export function overwritePart(values: Float32Array, picture: Picture, part: PicturePart, value: () => number): void {
  const { width, channels } = picture;
  for (let y = part.top; y < part.top + part.height; y++) {
    const start = (y * width + part.left) * channels;
    for (let i = start; i < start + part.width * channels; i++) values[i] = value();
  }
}
