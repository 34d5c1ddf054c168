import type { Shape } from '../../src/shape.js';

/** A layer as a config has it, and the shapes of what it reads, the batch first. Few elements: each one is varied by itself. */
export interface LayerExample {
  readonly layer: Record<string, unknown> & { type: string };
  readonly inputs: readonly Shape[];
  /** The inputs are whole numbers from 0 to below this one: no gradient is asked for. */
  readonly below?: number;
  /** How many steps of each record count: the input has a mask. */
  readonly lengths?: readonly number[];
}

export const example = (
  inputs: readonly Shape[],
  layer: LayerExample['layer'],
  rest: Pick<LayerExample, 'below' | 'lengths'> = {},
): LayerExample => ({ layer, inputs, ...rest });
