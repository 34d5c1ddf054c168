import { z } from 'zod';
import { layerKeys } from '../catalog/layer-keys.js';

/** The `type` of a layer that stands for a block's layers. */
export const blockType = 'block';

const blockName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'a block is named with letters, digits, "-" and "_", starting with a letter');

const parameterName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a parameter is named with letters, digits and "_", not starting with a digit');

/** The parameter that `$name` stands for; nothing for any other text. */
export const parameterOf = (text: string): string | undefined => /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(text)?.[1];

/** What `$name` looks like, for the JSON Schema. */
export const parameterPattern = '^\\$[A-Za-z_][A-Za-z0-9_]*$';

/** The top-level key `blocks`. What stands in the layers is checked where they are used, with the parameters' values. */
export const blocksSchema = z
  .record(
    blockName,
    z.strictObject({
      parameters: z
        .record(parameterName, z.unknown())
        .default({})
        .describe('Its parameters with their defaults; null: a use must give it. `$name` in the layers is the value of `name`.'),
      layers: z.array(z.unknown()).min(1).describe('The layers, as those of a `sequential`.'),
    }),
  )
  .describe('Lists of layers by name, each written once and used by {type: block} layers.');

/** A layer that stands for a block's layers. */
export const blockUseSchema = z
  .strictObject({
    type: z.literal(blockType),
    ...layerKeys,
    block: z.string().describe('Which of `blocks`.'),
    with: z.record(z.string(), z.unknown()).default({}).describe("The values of the block's parameters."),
  })
  .meta({ title: blockType, description: 'The layers of a block, as a `sequential`.' });
