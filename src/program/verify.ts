import { definitionOf } from '../ops/index.js';
import type { OpKind } from '../ops/op.js';
import { type Shape, formatShape, sameShape } from '../shape.js';
import type { Program } from './program.js';

/**
 * Checks that a program is well formed: single assignment, definition before use, shapes as the ops' own rules give them,
 * updates of equal shape. Run between passes; a failure is a defect of the pass named.
 */
export function verify(program: Program, pass: string): Program {
  const fail = (message: string): never => {
    throw new Error(`after ${pass}: ${message}`);
  };
  const defined = new Set([...program.inputs.values(), ...program.state.values()]);
  program.ops.forEach((op, index) => {
    for (const id of op.inputs)
      if (!defined.has(id)) fail(`op ${index} (${op.attributes.kind}) reads tensor ${id} before it is written`);
    if (defined.has(op.output)) fail(`op ${index} (${op.attributes.kind}) writes tensor ${op.output} again`);
    defined.add(op.output);
    const shapeRule = <K extends OpKind>(kind: K) => definitionOf(kind).shape;
    const operands = op.inputs.map((id) => program.shapes[id]!);
    let expected: Shape = [];
    try {
      expected = shapeRule(op.attributes.kind)(op.attributes as never, operands);
    } catch (error) {
      fail(`op ${index} (${op.attributes.kind}): ${(error as Error).message}`);
    }
    const found = program.shapes[op.output]!;
    if (!sameShape(expected, found)) {
      fail(
        `op ${index} (${op.attributes.kind}) gives ${formatShape(expected)}, but its output is declared ${formatShape(found)}`,
      );
    }
  });
  for (const [name, id] of program.outputs) if (!defined.has(id)) fail(`output ${name} is never written`);
  for (const [name, id] of program.updates) {
    const state = program.state.get(name) ?? fail(`${name} is updated but is no state`);
    if (!defined.has(id)) fail(`the update of ${name} is never written`);
    if (program.constants.has(name)) fail(`${name} is updated but is a constant`);
    if (!sameShape(program.shapes[state]!, program.shapes[id]!)) fail(`the update of ${name} has another shape`);
  }
  return program;
}
