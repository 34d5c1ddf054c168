import { Interpreter } from '../../src/backends/reference/reference.js';
import type { OpAttributes, TensorId } from '../../src/ops/op.js';
import { definitionOf } from '../../src/ops/index.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import type { Program } from '../../src/program/program.js';
import { randomNormal, permutation } from '../../src/random.js';
import { type Shape, size } from '../../src/shape.js';

export interface Values {
  shape: Shape;
  values: number[];
}

/** Runs a program once in float64; gives the outputs and, under their names, the states after the run. */
export function runProgram(
  program: Program,
  inputs: Record<string, ArrayLike<number>> = {},
  states: Record<string, ArrayLike<number>> = {},
): { output(name: string): number[]; state(name: string): number[] } {
  const state = new Map<string, Float64Array>();
  for (const [name, id] of program.state) {
    const values = states[name] ?? program.constants.get(name) ?? new Float64Array(size(program.shapes[id]!));
    state.set(name, Float64Array.from(values));
  }
  const interpreter = new Interpreter(program, state);
  interpreter.run(new Map(Object.entries(inputs)));
  return {
    output: (name) => [...interpreter.readExactly(name)],
    state: (name) => [...state.get(name)!],
  };
}

/** Runs one op on constant operands. */
export function runOp(attributes: OpAttributes, operands: readonly Values[]): Values {
  const builder = new ProgramBuilder();
  const ids = operands.map(({ shape }, i) => builder.input(`x${i}`, shape));
  const output = builder.add(attributes, ids);
  builder.output('y', output);
  const inputs = Object.fromEntries(operands.map(({ values }, i) => [`x${i}`, values]));
  return { shape: builder.shapeOf(output), values: runProgram(builder.finish(), inputs).output('y') };
}

/** The shape rule of an op, called as the builder calls it. */
export function shapeOf(attributes: OpAttributes, ...inputs: Shape[]): Shape {
  return definitionOf(attributes.kind).shape(attributes as never, inputs);
}

/** Standard normal numbers, a function of the key. */
export function normal(shape: Shape, key: number): Values {
  return { shape, values: Array.from({ length: size(shape) }, (_, i) => randomNormal(key, i)) };
}

/** Numbers of [-1, 1] of which no two are nearer than 1 / size: what a maximum can be differentiated at. */
export function distinct(shape: Shape, key: number): Values {
  const order = permutation(size(shape), key);
  return { shape, values: [...order].map((n) => (2 * n + 1) / order.length - 1) };
}

export type Build = (builder: ProgramBuilder, operands: readonly TensorId[]) => TensorId;
