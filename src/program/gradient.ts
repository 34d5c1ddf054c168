import { constant } from '../ops/expression.js';
import { definitionOf } from '../ops/index.js';
import type { OpKind, TensorId } from '../ops/op.js';
import type { ProgramBuilder } from './builder.js';
import { sumOfContributions } from './contributions.js';
import type { Op } from './program.js';

/**
 * Reverse-mode differentiation: appends the ops that compute the gradient of a scalar with respect to each of `targets`
 * (Griewank and Walther, Evaluating Derivatives, chapter 3). Only paths from a target to the scalar are followed.
 *
 * @param scalar a tensor of shape `[]`
 * @returns the gradient of each target, of the target's shape; `undefined` where the scalar does not depend on it
 */
export function appendGradients(
  builder: ProgramBuilder,
  scalar: TensorId,
  targets: readonly TensorId[],
): (TensorId | undefined)[] {
  const forwardOps = builder.opCount;
  const depends = new Set<TensorId>(targets);
  for (let i = 0; i < forwardOps; i++) {
    const op = builder.opAt(i);
    if (op.inputs.some((id) => depends.has(id)) && builder.isDifferentiable(op.output)) depends.add(op.output);
  }
  const contributions = new Map<TensorId, TensorId[]>();
  const contribute = (tensor: TensorId, gradient: TensorId): void => {
    const found = contributions.get(tensor);
    if (found === undefined) contributions.set(tensor, [gradient]);
    else found.push(gradient);
  };
  contribute(scalar, builder.map(constant(1), [], builder.shapeOf(scalar)));
  for (let i = forwardOps - 1; i >= 0; i--) {
    const op = builder.opAt(i);
    const shares = contributions.get(op.output);
    if (shares === undefined || !depends.has(op.output)) continue;
    builder.within(op.scope, 'gradient', () => {
      const outputGradient = sumOfContributions(builder, shares);
      const wanted = op.inputs.map((id) => depends.has(id));
      gradientsOfInputs(builder, op, outputGradient, wanted).forEach((gradient, position) => {
        if (gradient !== undefined && wanted[position]) contribute(op.inputs[position]!, gradient);
      });
    });
  }
  return targets.map((target) => {
    const shares = contributions.get(target);
    return shares && builder.within(builder.readerScope(target), 'gradient', () => sumOfContributions(builder, shares));
  });
}

function gradientsOfInputs(builder: ProgramBuilder, op: Op, outputGradient: TensorId, wanted: readonly boolean[]) {
  const call = <K extends OpKind>(kind: K): (TensorId | undefined)[] => {
    const rule = definitionOf(kind).gradient;
    if (rule === undefined) throw new Error(`${kind} has no gradient of its own`);
    return rule(op.attributes as never, { builder, inputs: op.inputs, output: op.output, outputGradient, wanted });
  };
  return call(op.attributes.kind);
}
