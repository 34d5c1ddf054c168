import { ProgramBuilder } from '../../src/program/builder.js';
import type { TensorId } from '../../src/ops/op.js';
import type { Program } from '../../src/program/program.js';
import { verify } from '../../src/program/verify.js';
import { randomUniform, streamKey } from '../../src/random.js';
import { type Shape, size } from '../../src/shape.js';

/** A program with the inputs of one run. Every output is compared with the reference. */
export interface ConformanceCase {
  readonly name: string;
  readonly program: Program;
  readonly inputs: ReadonlyMap<string, Float32Array>;
  /** 0: the same bits are asked for. By default what the backend's suite allows. */
  readonly tolerance?: number;
}

/** What a case is built with. */
export interface CaseContext {
  readonly builder: ProgramBuilder;
  /** A new input with the values given, or else with random ones of [-1, 1). */
  tensor(shape: Shape, values?: ArrayLike<number>): TensorId;
}

/** A case whose output `result` is the tensor that `build` returns. */
export function conformanceCase(
  name: string,
  build: (context: CaseContext) => TensorId,
  options: { tolerance?: number } = {},
): ConformanceCase {
  const builder = new ProgramBuilder();
  const inputs = new Map<string, Float32Array>();
  const result = build({
    builder,
    tensor(shape, values) {
      const input = `x${inputs.size}`;
      inputs.set(input, values === undefined ? randomValues(`${name}/${input}`, size(shape)) : Float32Array.from(values));
      return builder.input(input, shape);
    },
  });
  builder.output('result', result);
  return { name, program: verify(builder.finish(), 'building'), inputs, ...options };
}

/** Numbers of [-1, 1), the same for the same name. */
export function randomValues(name: string, length: number): Float32Array {
  const key = streamKey(1, name);
  return Float32Array.from({ length }, (_, i) => 2 * randomUniform(key, i) - 1);
}
