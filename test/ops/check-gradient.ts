import { call, input } from '../../src/ops/expression.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { appendGradients } from '../../src/program/gradient.js';
import { size } from '../../src/shape.js';
import { type Build, type Values, normal, runProgram } from './run-program.js';

/**
 * The largest difference between the gradients that `appendGradients` builds and central differences, relative to the largest
 * gradient, over every element of every operand. The scalar differentiated is a randomly weighted sum of the output, so that no
 * two of its elements can stand for each other.
 */
export function gradientError(build: Build, operands: readonly Values[], step = 1e-5): number {
  const builder = new ProgramBuilder();
  const ids = operands.map(({ shape }, i) => builder.input(`x${i}`, shape));
  const output = build(builder, ids);
  const weights = normal(builder.shapeOf(output), 77);
  const weighted = builder.map(call('multiply', input(0), input(1)), [output, builder.input('weights', weights.shape)]);
  const scalar = builder.total(weighted);
  builder.output('scalar', scalar);
  const forward = builder.finish();
  const forwardOps = [...forward.ops];
  appendGradients(builder, scalar, ids).forEach((gradient, i) => {
    if (gradient !== undefined) builder.output(`gradient${i}`, gradient);
  });
  const program = builder.finish();

  const inputs: Record<string, number[]> = { weights: weights.values };
  operands.forEach(({ values }, i) => (inputs[`x${i}`] = [...values]));
  const whole = runProgram(program, inputs);
  const outputsOfForward = new Map([['scalar', scalar]]);
  const evaluate = (): number =>
    runProgram({ ...forward, ops: forwardOps, outputs: outputsOfForward }, inputs).output('scalar')[0]!;

  let [error, largest] = [0, 1e-3];
  operands.forEach(({ shape }, i) => {
    const gradient = program.outputs.has(`gradient${i}`) ? whole.output(`gradient${i}`) : new Array<number>(size(shape)).fill(0);
    if (gradient.length !== size(shape)) throw new Error(`gradient ${i} has ${gradient.length} elements, not ${size(shape)}`);
    const x = inputs[`x${i}`]!;
    for (let element = 0; element < x.length; element++) {
      const held = x[element]!;
      x[element] = held + step;
      const above = evaluate();
      x[element] = held - step;
      const below = evaluate();
      x[element] = held;
      const difference = (above - below) / (2 * step);
      // Not Math.max alone: a NaN must not be lost.
      if (!(Math.abs(difference - gradient[element]!) <= error)) error = Math.abs(difference - gradient[element]!);
      largest = Math.max(largest, Math.abs(difference));
    }
  });
  return error / largest;
}
