import { definitionOf } from '../ops/index.js';
import type { OpAttributes, OpKind, TensorId } from '../ops/op.js';
import type { Shape } from '../shape.js';

/** One op of a program with its operands. */
export interface Op<A extends OpAttributes = OpAttributes> {
  readonly attributes: A;
  readonly inputs: readonly TensorId[];
  readonly output: TensorId;
  /** The layer it was made for, or `loss`, `metrics`, `optimizer`. */
  readonly scope: string;
  readonly phase: Phase;
}

export type Phase = 'forward' | 'gradient' | 'update';

/** A random number source: the host writes two key words (whole numbers below 2^24) before every run. */
export interface RandomSource {
  /** What the numbers are for: with the seed and the step it makes the key. */
  readonly purpose: string;
  readonly keys: readonly [TensorId, TensorId];
}

/**
 * Everything a step computes, in static single assignment: every tensor is written by at most one op, before it is read.
 * All tensors are float32 on devices (float64 in the reference).
 */
export interface Program {
  /** The shape of each tensor, by id. */
  readonly shapes: readonly Shape[];
  readonly ops: readonly Op[];
  /** Written by the host before each run. */
  readonly inputs: ReadonlyMap<string, TensorId>;
  readonly random: readonly RandomSource[];
  /** Kept from run to run, and shared by all programs of a session under the same name. */
  readonly state: ReadonlyMap<string, TensorId>;
  /** State that no program changes, with its values. */
  readonly constants: ReadonlyMap<string, Float32Array>;
  /** At the end of a run the state takes the value of a computed tensor. */
  readonly updates: ReadonlyMap<string, TensorId>;
  /** Read by the host after a run. */
  readonly outputs: ReadonlyMap<string, TensorId>;
}

/** Floating-point operations of one op. */
export function operationsOf(op: Op, shapes: readonly Shape[]): number {
  const call = <K extends OpKind>(kind: K): number =>
    definitionOf(kind).operations(
      op.attributes as never,
      op.inputs.map((id) => shapes[id]!),
      shapes[op.output]!,
    );
  return call(op.attributes.kind);
}
