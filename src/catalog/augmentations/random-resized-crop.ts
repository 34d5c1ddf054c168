import { z } from 'zod';
import { defineAugmentation } from '../augmentation.js';
import { type PicturePart, drawPart } from '../picture-part.js';
import { type Picture, pictureShape, range } from '../pictures.js';
import { samplerFor } from '../sampler.js';

/**
 * Cuts a part out of pictures and enlarges it to their size (Szegedy et al., 2015, section 6). The part's area is drawn uniformly from `scale`
 * of the picture's, its width over its height from `ratio`, so that the logarithm is uniform, and its place uniformly. Where ten draws do not
 * fit into the picture, it is the largest part in the middle with a ratio in bounds. As RandomResizedCrop of torchvision, without smoothing
 * first, since a part is never made smaller.
 */
export const randomResizedCrop = defineAugmentation({
  type: 'random_resized_crop',
  summary: 'Cuts out a part of pictures and enlarges it to their size.',
  changes: ['number', 'class'],
  options: z.object({
    scale: range(z.number().positive().max(1)).default([0.08, 1]).describe("The part's area, as a part of the picture's."),
    ratio: range(z.number().positive().max(100))
      .default([3 / 4, 4 / 3])
      .describe('Its width over its height.'),
  }),
  create({ scale, ratio }, field) {
    const picture = pictureShape('random_resized_crop', field);
    const { height, width, channels } = picture;
    const sampler = samplerFor(field.kind, picture, 'nearest');
    return (values, random) => {
      const part = drawPart(picture, scale, ratio, random) ?? middlePart(picture, ratio);
      if (part.height === height && part.width === width) return;
      sampler.take(values);
      const [stepX, stepY] = [part.width / width, part.height / height];
      const x = part.left + stepX / 2 - 0.5;
      for (let row = 0; row < height; row++) {
        const y = part.top + (row + 0.5) * stepY - 0.5;
        sampler.row(values, row * width * channels, width, x, y, stepX, 0, part);
      }
    };
  },
});

/** The largest part in the middle with a ratio in bounds. */
function middlePart({ height, width }: Picture, [least, most]: readonly [number, number]): PicturePart {
  const aspect = Math.min(Math.max(width / height, least), most);
  const columns = Math.max(1, Math.min(width, Math.round(height * aspect)));
  const rows = Math.max(1, Math.min(height, Math.round(width / aspect)));
  return { top: (height - rows) >> 1, left: (width - columns) >> 1, height: rows, width: columns };
}
