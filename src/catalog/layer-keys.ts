import { z } from 'zod';

/** A name that becomes part of file names and of tensor names. */
export const name = z
  .string()
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9_-])?$/,
    'must be letters, digits, "-", "_" and ".", starting with a letter or digit and not ending with "."',
  )
  .meta({ id: 'name' });

const names = z.union([name.transform((one) => [one]), z.array(name).min(1)]).meta({ id: 'names' });

/** Keys that stand beside the options of every layer. */
export const layerKeys = {
  name: name.optional().describe('A name of its own, for `inputs` of other layers; by default its type and its number.'),
  inputs: names
    .optional()
    .describe('The layers of its list that it reads, by name; `input` is what the list reads. By default the layer above.'),
  trainable: z.boolean().optional().describe('false: none of its parameters is trained. By default all are.'),
  share_weights_with: name
    .optional()
    .describe('A layer of the same type, anywhere in the model, whose weights it uses in place of its own.'),
};
