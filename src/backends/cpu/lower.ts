import type { OpAttributes, OpKind, TensorId } from '../../ops/op.js';
import type { Op, Program } from '../../program/program.js';
import { type Shape, size } from '../../shape.js';
import type { Buffer, KernelCall } from './kernel-call.js';
import { lowerConvolution, lowerFilterGradient, lowerInputGradient } from './lower-convolution.js';
import { lowerConcatenate, lowerGather, lowerPad, lowerScatterAdd, lowerSlice, lowerTranspose } from './lower-copy.js';
import { lowerMap, mapCall } from './lower-map.js';
import { lowerMatmul } from './lower-matmul.js';
import { lowerAveragePool, lowerAveragePoolGradient, lowerMaxPool, lowerMaxPoolGradient } from './lower-pool.js';
import { lowerReduce } from './lower-reduce.js';
import { Places } from './places.js';
import { unitsOfTensors } from './units.js';
import { input } from '../../ops/expression.js';

/** A program as kernel calls on buffers. */
export interface LoweredProgram {
  readonly calls: readonly KernelCall[];
  readonly buffers: readonly Buffer[];
  readonly inputs: ReadonlyMap<string, Buffer>;
  readonly outputs: ReadonlyMap<string, Buffer>;
  readonly state: ReadonlyMap<string, Buffer>;
  /** Buffers that take the place of a state buffer: the call that writes one writes the state. */
  readonly overwrites: ReadonlyMap<Buffer, Buffer>;
  /** Buffers that lie within others. */
  readonly places: Places;
}

/** What the rules that lower an op work with. */
export class Lowering {
  readonly calls: KernelCall[] = [];
  readonly buffers: Buffer[] = [];
  readonly places = new Places();
  private readonly program: Program;
  private readonly units: readonly number[];
  private readonly bufferOfTensor = new Map<TensorId, Buffer>();
  private readonly shared = new Map<string, unknown>();
  private readonly written = new Set<Buffer>();

  constructor(program: Program) {
    this.program = program;
    this.units = unitsOfTensors(program);
  }

  shapeOf(tensor: TensorId): Shape {
    return this.program.shapes[tensor]!;
  }

  /** The buffer of a tensor, made when it is first asked for. */
  bufferOf(tensor: TensorId): Buffer {
    let buffer = this.bufferOfTensor.get(tensor);
    if (buffer === undefined)
      this.bufferOfTensor.set(tensor, (buffer = this.newBuffer(this.shapeOf(tensor), this.units[tensor])));
    return buffer;
  }

  /** Lets two tensors be one buffer. */
  alias(tensor: TensorId, buffer: Buffer): void {
    this.bufferOfTensor.set(tensor, buffer);
  }

  newBuffer(shape: Shape, units = shape[0] ?? 1): Buffer {
    return this.newBlocks(units, (size(shape) / units) * 4, 1);
  }

  newBlocks(units: number, bytesPerUnit: number, block: number): Buffer {
    const buffer = { id: this.buffers.length, units, bytesPerUnit, block };
    this.buffers.push(buffer);
    return buffer;
  }

  /** A value that several ops need, computed where it is first asked for. */
  once<T>(key: string, compute: () => T): T {
    if (!this.shared.has(key)) this.shared.set(key, compute());
    return this.shared.get(key) as T;
  }

  call(call: KernelCall): void {
    this.calls.push(call);
    this.written.add(call.output);
  }

  /** Whether calls compute a buffer: it is no input and no state. */
  isComputed(buffer: Buffer): boolean {
    return this.written.has(buffer) || this.places.isPlaced(buffer) || this.places.isWhole(buffer);
  }

  /** Whether a buffer can still be given its place: one call writes it, and it has nothing to do with another one. */
  isFree(buffer: Buffer): boolean {
    return this.written.has(buffer) && !this.places.isPlaced(buffer) && !this.places.isWhole(buffer);
  }
}

type Rule<K extends OpKind> = (lowering: Lowering, op: Op<Extract<OpAttributes, { kind: K }>>) => void;

const rules: { readonly [K in OpKind]: Rule<K> } = {
  map: lowerMap,
  reduce: lowerReduce,
  matmul: lowerMatmul,
  conv2d: lowerConvolution,
  conv2d_input_gradient: lowerInputGradient,
  conv2d_filter_gradient: lowerFilterGradient,
  max_pool2d: lowerMaxPool,
  max_pool2d_gradient: lowerMaxPoolGradient,
  average_pool2d: lowerAveragePool,
  average_pool2d_gradient: lowerAveragePoolGradient,
  transpose: lowerTranspose,
  slice: lowerSlice,
  pad: lowerPad,
  concatenate: lowerConcatenate,
  gather: lowerGather,
  scatter_add: lowerScatterAdd,
  reshape: (lowering, { inputs, output }) => lowering.alias(output, lowering.bufferOf(inputs[0]!)),
};

/** Turns ops into kernel calls. */
export function lower(program: Program): LoweredProgram {
  const lowering = new Lowering(program);
  const named = (names: ReadonlyMap<string, TensorId>): Map<string, Buffer> =>
    new Map([...names].map(([name, id]) => [name, lowering.bufferOf(id)]));
  const inputs = named(program.inputs);
  const state = named(program.state);
  for (const op of program.ops) (rules[op.attributes.kind] as Rule<OpKind>)(lowering, op);
  const stateBuffers = new Set(state.values());
  const outputs = new Map(
    [...program.outputs].map(([name, id]) => {
      // An output that is itself state is its value before the updates.
      const buffer = lowering.bufferOf(id);
      return [name, stateBuffers.has(buffer) ? copyOf(lowering, buffer, program.shapes[id]!) : buffer];
    }),
  );
  const overwrites = overwriteState(lowering, program, new Set([...inputs.values(), ...state.values()]));
  const { calls, buffers, places } = lowering;
  return { calls, buffers, inputs, outputs, state, overwrites, places };
}

/**
 * Lets the value of each update be written where the state lies. Where that would destroy the old value too early (something that
 * must come after the new value reads the old one), or where the value is not computed by a call of its own, it is copied instead.
 */
function overwriteState(lowering: Lowering, program: Program, fixed: ReadonlySet<Buffer>): Map<Buffer, Buffer> {
  const overwrites = new Map<Buffer, Buffer>();
  for (const [name, id] of program.updates) {
    const target = lowering.bufferOf(program.state.get(name)!);
    let value = lowering.bufferOf(id);
    const writer = lowering.calls.find((call) => call.output === value);
    if (
      writer === undefined ||
      fixed.has(value) ||
      overwrites.has(value) ||
      !lowering.isFree(value) ||
      destroysTooEarly(lowering, overwrites, writer, target)
    ) {
      // What is itself state or input is first put aside, since it may be overwritten before this state may be.
      if (fixed.has(value)) value = copyOf(lowering, value, program.shapes[id]!);
      value = copyOf(lowering, value, program.shapes[id]!);
    }
    overwrites.set(value, target);
  }
  return overwrites;
}

function copyOf(lowering: Lowering, buffer: Buffer, shape: Shape): Buffer {
  const copy = lowering.newBuffer(shape);
  lowering.call(mapCall(shape, input(0), [{ buffer, shape }], copy));
  return copy;
}

/** Whether a call that reads `target` must come after `writer`: it reads what depends on the writer, or overwrites what it reads. */
function destroysTooEarly(
  { calls, places }: Lowering,
  overwrites: ReadonlyMap<Buffer, Buffer>,
  writer: KernelCall,
  target: Buffer,
): boolean {
  const after = new Set([writer]);
  for (const call of after) {
    for (const other of calls) {
      const overwritten = overwrites.get(other.output);
      const reads = other.inputs.some((buffer) => places.overlap(buffer, call.output));
      if (!reads && !(overwritten !== undefined && call.inputs.includes(overwritten))) continue;
      if (other !== call) after.add(other);
    }
  }
  return [...after].some((call) => call !== writer && call.inputs.includes(target));
}
