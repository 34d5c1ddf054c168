import type { Expression } from '../ops/expression.js';
import type { MapOp, MaxPool2dGradientOp, MaxPool2dOp, TensorId } from '../ops/op.js';
import { type Shape, broadcastStrides, sameShape, size } from '../shape.js';
import type { Op, Program } from './program.js';

type Pool = Op<MaxPool2dOp>;
type Exchange = {
  pool: Pool;
  map: Op<MapOp>;
  gradients: readonly { pool: Op<MaxPool2dGradientOp>; map: Op<MapOp>; at: number }[];
};

/**
 * Pools before a map instead of after it, where the map keeps the order of values: `pool(relu(x + b))` is `relu(pool(x) + b)` to the
 * last bit, with a quarter of the work. The gradient follows: what the map's derivative, 0 or 1 by the sign of its value, would be
 * multiplied with after the pooling's gradient, it is before. (Where the map makes equal what was not, the gradient goes to the
 * larger value, not to the first: both are subgradients.)
 */
export function poolFirst(program: Program): Program {
  const shapes = [...program.shapes];
  const newTensor = (shape: Shape): TensorId => shapes.push(shape) - 1;
  const replaced = new Map<Op, Op[]>();
  for (const { pool, map, gradients } of exchanges(program)) {
    const position = risingInput(map, program.shapes)!;
    const x = map.inputs[position]!;
    const shape = program.shapes[pool.output]!;
    const pooled = newTensor(shape);
    const inputs = map.inputs.map((id, i) => (i === position ? pooled : id));
    replaced.set(map, []);
    replaced.set(pool, [
      { ...pool, inputs: [x], output: pooled },
      { ...map, attributes: { ...map.attributes, shape }, inputs, output: pool.output },
    ]);
    for (const gradient of gradients) {
      const share = newTensor(shape);
      const masked = [gradient.pool.inputs[1]!, pool.output];
      replaced.set(gradient.pool, [
        {
          ...gradient.map,
          attributes: { ...gradient.map.attributes, shape },
          inputs: gradient.at === 0 ? masked : masked.reverse(),
          output: share,
        },
      ]);
      replaced.set(gradient.map, [{ ...gradient.pool, inputs: [x, share], output: gradient.map.output }]);
    }
  }
  return { ...program, shapes, ops: program.ops.flatMap((op) => replaced.get(op) ?? [op]) };
}

function exchanges(program: Program): Exchange[] {
  const readersOf = (id: TensorId): Op[] => program.ops.filter((op) => op.inputs.includes(id));
  const kept = new Set([...program.outputs.values(), ...program.updates.values()]);
  const found: Exchange[] = [];
  for (const pool of program.ops) {
    if (!isKind(pool, 'max_pool2d')) continue;
    const y = pool.inputs[0]!;
    const map = program.ops.find((op) => op.output === y);
    if (map === undefined || !isKind(map, 'map') || kept.has(y)) continue;
    if (size(program.shapes[pool.output]!) >= size(program.shapes[y]!) || risingInput(map, program.shapes) === undefined)
      continue;
    const readers = new Set(readersOf(y));
    readers.delete(pool);
    const gradients = [...readers].flatMap((gradient) => {
      if (!isKind(gradient, 'max_pool2d_gradient') || gradient.inputs[0] !== y || !sameWindows(pool, gradient)) return [];
      const [mask, ...others] = readersOf(gradient.output);
      const isMasked =
        mask !== undefined &&
        isKind(mask, 'map') &&
        others.length === 0 &&
        !kept.has(gradient.output) &&
        gradient.inputs[1] !== y;
      const at = isMasked && sameShape(mask.attributes.shape, program.shapes[y]!) ? maskedInput(mask, gradient.output, y) : -1;
      return at < 0 ? [] : [{ pool: gradient, map: mask as Op<MapOp>, at }];
    });
    for (const gradient of gradients) for (const op of [gradient.pool, gradient.map]) readers.delete(op);
    if (readers.size === 0) found.push({ pool, map, gradients });
  }
  return found;
}

function isKind<K extends Op['attributes']['kind']>(op: Op, kind: K): op is Op<Extract<Op['attributes'], { kind: K }>> {
  return op.attributes.kind === kind;
}

function sameWindows(pool: Pool, gradient: Op<MaxPool2dGradientOp>): boolean {
  const { poolSize, window } = gradient.attributes;
  return JSON.stringify([poolSize, window]) === JSON.stringify([pool.attributes.poolSize, pool.attributes.window]);
}

/** The one input that a map rises with, all others being the same all over a window: or none. */
function risingInput({ attributes: { expression, shape }, inputs }: Op<MapOp>, shapes: readonly Shape[]): number | undefined {
  const isSameInWindows = (id: TensorId): boolean => {
    const strides = broadcastStrides(shapes[id]!, shape);
    return strides[1] === 0 && strides[2] === 0;
  };
  const varying = inputs.flatMap((id, i) => (isSameInWindows(id) ? [] : [i]));
  const [position] = varying;
  if (varying.length !== 1 || !sameShape(shapes[inputs[position!]!]!, shape)) return undefined;
  return trendOf(expression, position!) === 'rising' ? position : undefined;
}

type Trend = 'fixed' | 'rising' | 'unknown';

/** What a formula does when one of its inputs grows. Rounding keeps the order of what these primitives give. */
function trendOf(expression: Expression, position: number): Trend {
  if (expression.kind === 'constant') return 'fixed';
  if (expression.kind === 'input') return expression.index === position ? 'rising' : 'fixed';
  if (expression.kind !== 'call') return 'unknown';
  const trends = expression.arguments.map((argument) => trendOf(argument, position));
  if (trends.includes('unknown')) return 'unknown';
  switch (expression.primitive) {
    case 'add':
    case 'maximum':
    case 'minimum':
      return trends.includes('rising') ? 'rising' : 'fixed';
    case 'subtract':
      return trends[1] === 'fixed' ? trends[0]! : 'unknown';
    default:
      return 'unknown';
  }
}

/** Where a map is `gradient * mask`, the mask comparing y with a constant: which of its two inputs the gradient is, else -1. */
function maskedInput({ attributes: { expression }, inputs }: Op<MapOp>, gradient: TensorId, y: TensorId): number {
  if (inputs.length !== 2 || !inputs.includes(gradient) || !inputs.includes(y)) return -1;
  const at = inputs.indexOf(gradient);
  if (expression.kind !== 'call' || expression.primitive !== 'multiply') return -1;
  const mask = expression.arguments.find((argument) => argument.kind === 'call');
  const factor = expression.arguments.find((argument) => argument !== mask);
  if (factor?.kind !== 'input' || factor.index !== at || mask?.kind !== 'call') return -1;
  if (mask.primitive !== 'greater' && mask.primitive !== 'greater_equal') return -1;
  const [a, b] = mask.arguments;
  const compares = (one: Expression, other: Expression): boolean =>
    one.kind === 'input' && one.index === 1 - at && other.kind === 'constant';
  return compares(a!, b!) || compares(b!, a!) ? at : -1;
}
