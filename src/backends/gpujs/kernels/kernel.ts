import type { AttributesOf, OpKind } from '../../../ops/op.js';
import type { Shape } from '../../../shape.js';

/** What a stage reads: an operand of the op, or the result of an earlier stage of the same op. */
export type StageOperand = { readonly input: number } | { readonly stage: number };

/**
 * One GPU.js kernel: `length` threads, of which thread `i` computes element `i` of a flat result. The source is text because
 * tools that rewrite functions (bundlers, coverage, test runners) leave strings alone.
 */
export interface Stage {
  readonly source: string;
  readonly length: number;
  readonly operands: readonly StageOperand[];
}

/** An op as its kernel generator sees it. */
export interface KernelCall<K extends OpKind> {
  readonly attributes: AttributesOf<K>;
  readonly inputs: readonly Shape[];
  /** Inputs that arrive as a number in place of an array of one element. Only `map` is ever given any. */
  readonly scalars: ReadonlySet<number>;
  readonly output: Shape;
}

/** The stages of an op, of which the last gives its output. None: the output is input 0 under another shape. */
export type KernelGenerator<K extends OpKind> = (call: KernelCall<K>) => readonly Stage[];

/** The largest number of elements of a tensor: kernels count in float32, which holds whole numbers up to here. */
export const maximumElements = 2 ** 24;

/** The largest float32, where a formula or a search has to start from infinity: no mode has a literal for that. */
export const largestFloat = 3.4028234663852886e38;
