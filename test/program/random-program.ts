import { type Expression, axisIndex, call, constant, elementIndex, input } from '../../src/ops/expression.js';
import type { TensorId } from '../../src/ops/op.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import type { Program } from '../../src/program/program.js';
import { randomInteger } from '../../src/random.js';
import { type Shape, ShapeError, size } from '../../src/shape.js';
import { normal } from '../ops/run-program.js';

const shapes: Shape[] = [[2, 3], [1, 3], [2, 1], [3], [1], [], [2, 3], [2, 3]];

/** Bounded formulas, so that values stay finite however many ops follow each other. */
const formulas: [operands: number, formula: (draw: (n: number) => number) => Expression][] = [
  [1, () => input(0)],
  [1, () => call('hyperbolic_tangent', input(0))],
  [1, () => call('error_function', input(0))],
  [1, () => call('sigmoid', input(0))],
  [1, () => call('negate', input(0))],
  [1, (draw) => call('multiply', input(0), constant([0, 1, -0.5][draw(3)]!))],
  [2, () => call('add', call('hyperbolic_tangent', input(0)), call('hyperbolic_tangent', input(1)))],
  [2, () => call('maximum', input(0), input(1))],
  [2, () => call('subtract', call('absolute', input(1)), input(0))],
  [3, () => call('select', call('greater', input(0), input(2)), input(1), call('add', input(0), constant(1)))],
  [4, () => call('add', call('maximum', input(0), input(1)), call('minimum', input(2), input(3)))],
  [1, () => call('add', input(0), call('multiply', elementIndex, constant(0.1)))],
];

/** A program of some tens of ops on small tensors, with values for its inputs and states: a function of the key. */
export function randomProgram(key: number): {
  program: Program;
  inputs: Record<string, number[]>;
  states: Record<string, number[]>;
} {
  let drawn = 0;
  const draw = (n: number): number => randomInteger(key, drawn++) % n;
  const builder = new ProgramBuilder();
  const [inputs, states]: [Record<string, number[]>, Record<string, number[]>] = [{}, {}];
  const tensors: TensorId[] = shapes.map((shape, i) => {
    const [name, values] = [`t${i}`, normal(shape, key + i).values];
    (i % 2 ? states : inputs)[name] = values;
    return i % 2 ? builder.stateTensor(name, shape) : builder.input(name, shape);
  });
  // Mostly recent tensors, so that chains form.
  const pick = (): TensorId => tensors[Math.max(0, tensors.length - 1 - draw(draw(2) ? 3 : tensors.length))]!;
  const step = (): TensorId => {
    const [phase, tensor] = [(['forward', 'gradient', 'update'] as const)[draw(3)]!, pick()];
    const shape = builder.shapeOf(tensor);
    return builder.within(`layer_${draw(2)}`, phase, () => {
      const choice = draw(12);
      if (choice === 0) return builder.map(constant(draw(3)), [], [2, 3]);
      if (choice === 1 && shape.length > 0) return builder.reduce(draw(2) ? 'sum' : 'maximum', tensor, [draw(shape.length)]);
      if (choice === 2) return builder.reshape(tensor, [size(shape)]);
      if (choice === 3 && shape.length > 0) return builder.map(call('add', input(0), axisIndex(shape.length - 1)), [tensor]);
      if (choice === 4) return builder.stopGradient(tensor);
      const [operands, formula] = formulas[draw(formulas.length)]!;
      const others = Array.from({ length: operands - 1 }, pick);
      return builder.map(formula(draw), [tensor, ...others], draw(4) === 0 ? [2, 3] : undefined);
    });
  };
  const steps = 5 + draw(30);
  for (let i = 0; i < steps; i++) {
    try {
      tensors.push(step());
    } catch (error) {
      // Shapes that do not broadcast: another op instead.
      if (!(error instanceof ShapeError)) throw error;
    }
  }
  for (let i = 0; i < 3; i++) builder.output(`y${i}`, pick());
  const candidates = tensors.filter((id) => builder.shapeOf(id).join() === '2,3');
  builder.update('t7', candidates[draw(candidates.length)]!);
  return { program: builder.finish(), inputs, states };
}
