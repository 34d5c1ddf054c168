import type { Field } from '../data/field.js';
import type { RandomStream } from '../random.js';
import type { Augmentation } from './augmentation.js';
import { type Fill, fillFor, pictureShape } from './pictures.js';
import { nearestSampler, samplerFor } from './sampler.js';

/**
 * Where a pixel of the new picture lies in the old one: `[a, b, c, d, e, f]` takes (x, y) to (a x + b y + c, d x + e y + f), both counted from
 * the middle of the picture, in pixels.
 */
export type Affine = readonly [number, number, number, number, number, number];

/** What is done to a picture about its middle, in the order in which it is done. */
export interface Movement {
  /** Radians: each pixel moves by `tan(shear)` of its distance from the middle row or column. */
  readonly shearX?: number;
  readonly shearY?: number;
  readonly scale?: number;
  /** Radians; what is to the right goes down. */
  readonly angle?: number;
  /** Pixels to the right and down. */
  readonly x?: number;
  readonly y?: number;
}

/**
 * Where pixels come from when a picture is moved: the inverse of `T R S`, of a shear `[[1, -tan shearX], [-tan shearY, 1 + tan shearX tan shearY]]`,
 * scale and rotation `R` by `angle`, and a move `T`, as torchvision's `affine`.
 */
export function inverseOf({ shearX = 0, shearY = 0, scale = 1, angle = 0, x = 0, y = 0 }: Movement): Affine {
  const [tanX, tanY, sine, cosine] = [Math.tan(shearX), Math.tan(shearY), Math.sin(angle), Math.cos(angle)];
  // The shear's determinant is 1.
  const [p, q, r, s] = [1, -tanX, -tanY, 1 + tanX * tanY];
  const [a, b] = [(s * cosine + q * sine) / scale, (s * sine - q * cosine) / scale];
  const [d, e] = [(-r * cosine - p * sine) / scale, (p * cosine - r * sine) / scale];
  return [a, b, -(a * x + b * y), d, e, -(d * x + e * y)];
}

/**
 * Moves the pixels of pictures. Values between pixels are interpolated linearly; of masks, whose values are classes, the nearest is taken.
 * Pixels that fall on pixels are copied.
 * @param draw where pixels come from, drawn for each record
 */
export function affineAugmentation(type: string, field: Field, fill: Fill, draw: (random: RandomStream) => Affine): Augmentation {
  const picture = pictureShape(type, field);
  const { height, width, channels } = picture;
  const filling = fillFor(type, field, fill);
  const between = samplerFor(field.kind, picture, filling);
  const onPixels = nearestSampler(picture, filling);
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  return (values, random) => {
    const [a, b, c, d, e, f] = draw(random);
    const x = c + middleX - a * middleX - b * middleY;
    const y = f + middleY - d * middleX - e * middleY;
    const sampler = [a, b, d, e, x, y].every(Number.isInteger) ? onPixels : between;
    sampler.take(values);
    for (let row = 0; row < height; row++) {
      sampler.row(values, row * width * channels, width, x + b * row, y + e * row, a, d);
    }
  };
}
