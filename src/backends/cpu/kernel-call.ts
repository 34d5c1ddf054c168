/** The kernels of `kernels/runtime.ts`, by their number there. */
export const kernelNumbers = {
  map: 0,
  reduce: 1,
  product: 2,
  convolution: 3,
  convolution_input_gradient: 4,
  convolution_filter_gradient: 5,
  max_pool: 6,
  max_pool_gradient: 7,
  winograd_filter: 8,
  winograd_input: 9,
  winograd_multiply: 10,
  winograd_output: 11,
  winograd_output_adjoint: 12,
  winograd_input_adjoint: 13,
  winograd_filter_product: 14,
  winograd_filter_adjoint: 15,
  copy: 16,
  concatenate: 17,
  gather: 18,
  scatter_add: 19,
  average_pool: 20,
  average_pool_gradient: 21,
  product_by_units: 22,
  pack_panels: 24,
  packed_product: 25,
  max_pool_winners: 23,
  sum_parts: 26,
  product_rows: 27,
  depthwise: 28,
  depthwise_input_gradient: 29,
  depthwise_filter_gradient: 30,
} as const;

export type KernelName = keyof typeof kernelNumbers;

/** A tensor in memory. */
export interface Buffer {
  readonly id: number;
  /** The length of its first axis (1 for a scalar): what can be worked on apart. */
  readonly units: number;
  readonly bytesPerUnit: number;
  /** Units that lie together, interleaved in some way: what is worked on is cut at multiples of it. */
  readonly block: number;
}

/** Where a buffer was put, as kernels see it. */
export interface Placement {
  /** The two words of an operand: its address, and its bytes per unit where it only holds one step, else 0. */
  operand(buffer: Buffer): [number, number];
}

/** One kernel to run over `units`. */
export interface KernelCall {
  readonly kernel: KernelName;
  readonly inputs: readonly Buffer[];
  readonly output: Buffer;
  readonly units: number;
  /** For each input: unit u of the call reads nothing of it but its unit u. */
  readonly aligned: readonly boolean[];
  /** Unit u of the call writes unit u of the output and nothing else. */
  readonly alignedOutput: boolean;
  /** This many units in a row must be one thread's, since it sums over them: a multiple of every block. */
  readonly part?: number;
  /** Computed again rather than kept: done in the stage of what reads it, not as soon as it can be. */
  readonly late?: boolean;
  /** Fewer units at a time would be slow. */
  readonly minimumChunk: number;
  /** A rough count of floating-point operations. */
  readonly work: number;
  /** Scratch memory besides that of the matrix product. */
  readonly scratchBytes: number;
  /** The kernel's parameters, as its source describes them. */
  encode(placement: Placement): number[];
}

/** The bits of a float32, as a 32-bit word. */
export function floatWord(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0]!;
}
