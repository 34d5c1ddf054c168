import { UserError } from '../../errors.js';
import type { TensorId } from '../../ops/op.js';
import type { Program } from '../../program/program.js';
import { type Shape, formatShape, size } from '../../shape.js';
import { type Stage, maximumElements } from './kernels/kernel.js';
import { stagesOf } from './kernels/index.js';

/** One op, ready to run. */
export interface Step {
  readonly inputs: readonly TensorId[];
  readonly output: TensorId;
  /** None: the output is the first input under another shape. */
  readonly stages: readonly Stage[];
  /** Tensors that nothing reads after this step. */
  readonly release: readonly TensorId[];
}

/** How a program's tensors come into being and when they may go. */
export interface StepPlan {
  readonly steps: readonly Step[];
  /** Inputs handed to kernels as numbers: single elements that only formulas read. */
  readonly numbers: ReadonlyMap<string, TensorId>;
  /** Inputs uploaded before each run; those that nothing reads are not. */
  readonly uploads: ReadonlyMap<string, TensorId>;
  /** State that is read. */
  readonly state: ReadonlyMap<string, TensorId>;
}

/**
 * Plans the steps of a program. Throws a `UserError` where a tensor has more than 2^24 elements, or a kernel more than
 * `maximumArrays` arrays.
 */
export function planSteps(program: Program, maximumArrays: number): StepPlan {
  const { shapes, ops } = program;
  const checkSize = (what: string, id: TensorId): void => checkElements(what, shapes[id]!);
  for (const [name, id] of [...program.inputs, ...program.state]) checkSize(name, id);

  const kept = new Set([...program.outputs.values(), ...program.updates.values()]);
  const lastReader = new Map<TensorId, number>();
  const readAsArray = new Set(kept);
  ops.forEach((op, index) => {
    checkSize(op.scope, op.output);
    lastReader.set(op.output, index);
    for (const id of op.inputs) {
      lastReader.set(id, index);
      if (op.attributes.kind !== 'map') readAsArray.add(id);
    }
  });
  const used = (names: ReadonlyMap<string, TensorId>): [string, TensorId][] =>
    [...names].filter(([, id]) => kept.has(id) || lastReader.has(id));
  const isNumber = (id: TensorId): boolean => size(shapes[id]!) === 1 && !readAsArray.has(id);
  const inputs = used(program.inputs);
  const numbers = new Map(inputs.filter(([, id]) => isNumber(id)));
  const numberIds = new Set(numbers.values());

  const release = ops.map((): TensorId[] => []);
  for (const [id, index] of lastReader) if (!kept.has(id) && !numberIds.has(id)) release[index]!.push(id);

  const steps = ops.map((op, index): Step => {
    const scalars = new Set(op.inputs.flatMap((id, position) => (numberIds.has(id) ? [position] : [])));
    const stages = stagesOf(
      op.attributes,
      op.inputs.map((id) => shapes[id]!),
      shapes[op.output]!,
      scalars,
    );
    for (const { operands, length } of stages) {
      checkElements(op.scope, [length]);
      if (operands.length - scalars.size > maximumArrays) {
        throw new UserError(
          `${op.scope} reads ${operands.length - scalars.size} tensors at once; this GPU allows ${maximumArrays}`,
          {
            hint: 'use --device cpu',
          },
        );
      }
    }
    return { inputs: op.inputs, output: op.output, stages, release: release[index]! };
  });
  return {
    steps,
    numbers,
    uploads: new Map(inputs.filter(([, id]) => !numberIds.has(id))),
    state: new Map(used(program.state)),
  };
}

function checkElements(what: string, shape: Shape): void {
  if (size(shape) <= maximumElements) return;
  throw new UserError(
    `${what} needs a tensor ${formatShape(shape)} of ${size(shape)} elements; GPU kernels count to ${maximumElements}`,
    {
      hint: 'use a smaller batch_size, or --device cpu',
    },
  );
}
