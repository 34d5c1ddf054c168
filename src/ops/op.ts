import type { Shape } from '../shape.js';
import type { Expression } from './expression.js';

/** The index of a tensor in its program. */
export type TensorId = number;

/** `output[i] = expression(inputs broadcast to the output's shape)`. */
export interface MapOp {
  readonly kind: 'map';
  readonly expression: Expression;
  readonly shape: Shape;
}

/** Sum or maximum over `axes`, which stay in the output with length 1. */
export interface ReduceOp {
  readonly kind: 'reduce';
  readonly reduction: 'sum' | 'maximum';
  readonly axes: readonly number[];
}

/** `[..., m, k] x [..., k, n] -> [..., m, n]`, each operand transposed in its last two axes first where asked. */
export interface MatmulOp {
  readonly kind: 'matmul';
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** How a window slides over `[batch, height, width, channels]`. Pairs are [height, width]. */
export interface Window2d {
  readonly strides: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Rows and columns of zeros (for pooling: of nothing) added around the input. */
  readonly padding: { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number };
}

/**
 * Cross-correlation: inputs x `[batch, height, width, channels]` and filter `[kernel height, kernel width, channels / groups,
 * filters]`; output `[batch, out height, out width, filters]`.
 */
export interface Conv2dOp {
  readonly kind: 'conv2d';
  readonly window: Window2d;
  readonly groups: number;
}

/** The gradient of `conv2d` with respect to x: inputs output gradient and filter. */
export interface Conv2dInputGradientOp {
  readonly kind: 'conv2d_input_gradient';
  readonly window: Window2d;
  readonly groups: number;
  readonly inputShape: Shape;
}

/** The gradient of `conv2d` with respect to the filter: inputs x and output gradient. */
export interface Conv2dFilterGradientOp {
  readonly kind: 'conv2d_filter_gradient';
  readonly window: Window2d;
  readonly groups: number;
  readonly filterShape: Shape;
}

/** The largest value of each window of each channel: `[batch, height, width, channels]` to `[batch, out h, out w, channels]`. */
export interface MaxPool2dOp {
  readonly kind: 'max_pool2d';
  readonly poolSize: readonly [number, number];
  readonly window: Window2d;
}

/** Inputs x and output gradient: each output's gradient goes to the first largest value of its window, in row order. */
export interface MaxPool2dGradientOp {
  readonly kind: 'max_pool2d_gradient';
  readonly poolSize: readonly [number, number];
  readonly window: Window2d;
}

/** The mean of each window of each channel. */
export interface AveragePool2dOp {
  readonly kind: 'average_pool2d';
  readonly poolSize: readonly [number, number];
  readonly window: Window2d;
  /** Whether padding counts as zeros: then every window is divided by its whole size. */
  readonly countPadding: boolean;
}

/** The gradient of `average_pool2d`: its input is the output gradient. */
export interface AveragePool2dGradientOp {
  readonly kind: 'average_pool2d_gradient';
  readonly poolSize: readonly [number, number];
  readonly window: Window2d;
  readonly countPadding: boolean;
  readonly inputShape: Shape;
}

/** Axis i of the output is axis `axes[i]` of the input. */
export interface TransposeOp {
  readonly kind: 'transpose';
  readonly axes: readonly number[];
}

/** The block of `shape` that begins at `starts`. */
export interface SliceOp {
  readonly kind: 'slice';
  readonly starts: readonly number[];
  readonly shape: Shape;
}

/** Zeros around the input: `before` and `after` along each axis. */
export interface PadOp {
  readonly kind: 'pad';
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** The inputs one after the other along `axis`; all other axes are equal. */
export interface ConcatenateOp {
  readonly kind: 'concatenate';
  readonly axis: number;
}

/**
 * Rows of a table: inputs table `[rows, width]` and indices `[...]`, whole numbers of `0 … rows - 1`; output `[..., width]`. An index
 * outside reads the nearest row.
 */
export interface GatherOp {
  readonly kind: 'gather';
}

/** The gradient of `gather`: inputs indices `[...]` and values `[..., width]`, added up by index; output `[rows, width]`. */
export interface ScatterAddOp {
  readonly kind: 'scatter_add';
  readonly rows: number;
}

/** The same elements under another shape. Backends alias it: no kernel runs. */
export interface ReshapeOp {
  readonly kind: 'reshape';
  readonly shape: Shape;
}

/** What an op computes, without its operands. */
export type OpAttributes =
  | MapOp
  | ReduceOp
  | MatmulOp
  | Conv2dOp
  | Conv2dInputGradientOp
  | Conv2dFilterGradientOp
  | MaxPool2dOp
  | MaxPool2dGradientOp
  | AveragePool2dOp
  | AveragePool2dGradientOp
  | TransposeOp
  | SliceOp
  | PadOp
  | ConcatenateOp
  | GatherOp
  | ScatterAddOp
  | ReshapeOp;

export type OpKind = OpAttributes['kind'];
export type AttributesOf<K extends OpKind> = Extract<OpAttributes, { kind: K }>;

/** Builds ops and gives back the id of their output. What gradient rules are written with. */
export interface OpBuilder {
  shapeOf(tensor: TensorId): Shape;
  add(attributes: OpAttributes, inputs: readonly TensorId[]): TensorId;
}

/** What every op must say of itself, besides what each backend's kernel table holds. */
export interface OpDefinition<K extends OpKind> {
  /** The output's shape. Throws `ShapeError`. */
  shape(attributes: AttributesOf<K>, inputs: readonly Shape[]): Shape;
  /** Floating-point operations of one run. */
  operations(attributes: AttributesOf<K>, inputs: readonly Shape[], output: Shape): number;
  /**
   * Appends the ops that carry the gradient of the output back to the inputs `wanted`; `undefined` is a gradient of 0.
   * Absent where the op only occurs inside gradients.
   */
  gradient?(
    attributes: AttributesOf<K>,
    call: {
      builder: OpBuilder;
      inputs: readonly TensorId[];
      output: TensorId;
      outputGradient: TensorId;
      wanted: readonly boolean[];
    },
  ): (TensorId | undefined)[];
}
