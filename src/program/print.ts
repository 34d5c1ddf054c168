import { formatExpression } from '../ops/expression.js';
import { formatShape } from '../shape.js';
import type { Op, Program } from './program.js';

/** A program as text, one op a line: `%7 = matmul(%2, @dense_1/kernel) [64, 128]  # dense_1`. */
export function printProgram(program: Program): string {
  const names = new Map<number, string>();
  for (const [name, id] of program.inputs) names.set(id, `$${name}`);
  for (const [name, id] of program.state) names.set(id, `@${name}`);
  const nameOf = (id: number): string => names.get(id) ?? `%${id}`;
  const shapeOf = (id: number): string => formatShape(program.shapes[id]!);
  return [
    ...[...program.inputs].map(([name, id]) => `input $${name} ${shapeOf(id)}`),
    ...[...program.state].map(([name, id]) => `state @${name} ${shapeOf(id)}`),
    ...program.ops.map(
      (op) => `${nameOf(op.output)} = ${printCall(op, nameOf)} ${shapeOf(op.output)}  # ${op.scope}, ${op.phase}`,
    ),
    ...[...program.outputs].map(([name, id]) => `output ${name} = ${nameOf(id)}`),
    ...[...program.updates].map(([name, id]) => `update @${name} = ${nameOf(id)}`),
  ].join('\n');
}

function printCall({ attributes, inputs }: Op, nameOf: (id: number) => string): string {
  const operands = inputs.map(nameOf);
  switch (attributes.kind) {
    case 'map':
      return formatExpression(attributes.expression, (i) => operands[i]!);
    case 'reduce':
      return `reduce_${attributes.reduction}(${operands.join(', ')}, axes=[${attributes.axes.join(', ')}])`;
    case 'matmul':
      return `matmul(${operands[0]}${attributes.transposeA ? 'ᵀ' : ''}, ${operands[1]}${attributes.transposeB ? 'ᵀ' : ''})`;
    default:
      return `${attributes.kind}(${operands.join(', ')})`;
  }
}
