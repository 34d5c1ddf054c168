import { z } from 'zod';
import { ShapeError } from '../../shape.js';
import { pair } from '../fields.js';
import { imageShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/**
 * Cuts an image into patches, row by row: `[batch, height, width, channels]` to `[batch, patches, patch height * patch width *
 * channels]`, each patch in the order of its rows, columns and channels. Dosovitskiy et al., An image is worth 16x16 words, 2021.
 */
export const patches = defineLayer({
  type: 'patches',
  summary: 'Cuts an image into patches, which become the steps of a sequence.',
  options: z.object({ patch_size: pair().describe('The size of a patch: one number, or [height, width].') }),
  build({ builder }, [x], { patch_size: [rows, columns] }) {
    const [batch, height, width, channels] = imageShape('patches', builder.shapeOf(x!));
    const [down, across] = [height / rows, width / columns];
    if (!Number.isInteger(down) || !Number.isInteger(across)) {
      throw new ShapeError(`patches of ${rows} x ${columns} do not divide images of ${height} x ${width}`);
    }
    const cut = builder.transpose(builder.reshape(x!, [batch, down, rows, across, columns, channels]), [0, 1, 3, 2, 4, 5]);
    return builder.reshape(cut, [batch, down * across, rows * columns * channels]);
  },
});
