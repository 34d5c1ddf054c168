import type { z } from 'zod';
import type { Shape } from '../shape.js';
import type { Fans } from './layer.js';
import type { Definition } from './registry.js';

export interface InitializerDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /** Fills a new tensor. `key` names a stream of random numbers (see `random.ts`) that is this tensor's alone. */
  create(options: z.output<Options>, shape: Shape, fans: Fans, key: number): Float32Array;
}

export function defineInitializer<Options extends z.ZodObject>(
  definition: InitializerDefinition<Options>,
): InitializerDefinition {
  return definition as unknown as InitializerDefinition;
}
