import { z } from 'zod';
import { type Shape, formatBatched, sameShape } from '../../shape.js';
import { activations } from '../activations/index.js';
import { type LayerSpec, type Misfit, defineContainer } from '../layer.js';

/**
 * `activation(layers(x) + shortcut(x))` (He et al., Deep residual learning for image recognition, 2015). Without a shortcut the
 * input itself is added.
 */
export const residual = (layer: z.ZodType<LayerSpec>) =>
  defineContainer({
    type: 'residual',
    summary: 'A list of layers, to whose output its input is added.',
    options: z.object({
      layers: z.array(layer).min(1).describe('The layers; `input` is what the residual reads.'),
      shortcut: z.array(layer).min(1).optional().describe('Layers on the way around; by default the input itself is added.'),
      activation: activations.schemaOrName().optional().describe('Applied to the sum; by default none.'),
    }),
    expand({ layers, shortcut, activation }, { inputs: [input], sequence, layer }) {
      const main = sequence({ path: ['layers'], layers }, input!);
      const around = shortcut && sequence({ path: ['shortcut'], layers: shortcut, part: 'shortcut' }, input!);
      const sum = layer({ type: 'add' }, [main, around ?? input!], ([a, b]) => misfit(a!, b!, shortcut !== undefined));
      return activation === undefined ? sum : layer({ type: 'activation', function: activation }, [sum]);
    },
  });

function misfit(main: Shape, around: Shape, hasShortcut: boolean): Misfit {
  return {
    message:
      `its layers give ${formatBatched(main)}, and ${hasShortcut ? 'its shortcut gives' : 'its input is'} ` +
      `${formatBatched(around)}: only equal shapes can be added`,
    hint: hasShortcut ? `let the shortcut give ${formatBatched(main)} too` : remedy(main, around),
  };
}

/** The shortcut that brings the input to the shape of the layers' output. */
function remedy(main: Shape, input: Shape): string {
  const wanted = main.at(-1)!;
  const [sizes, before] = [main.slice(1, -1), input.slice(1, -1)];
  if (main.length === 4 && input.length === 4) {
    const strides = sizes.map((size, axis) => Math.max(1, Math.round(before[axis]! / size)));
    if (sizes.every((size, axis) => Math.ceil(before[axis]! / strides[axis]!) === size)) {
      const step = strides[0] === strides[1] ? String(strides[0]) : `[${strides.join(', ')}]`;
      const options = `filters: ${wanted}, kernel_size: 1${step === '1' ? '' : `, strides: ${step}`}`;
      return `a 1 x 1 convolution as shortcut makes them equal: shortcut: [{type: conv2d, ${options}}]`;
    }
  } else if (sameShape(sizes, before)) {
    return `a dense layer as shortcut makes them equal: shortcut: [{type: dense, units: ${wanted}}]`;
  }
  return 'let its layers keep the shape (padding: same in convolutions), or give it a shortcut to the same shape';
}
