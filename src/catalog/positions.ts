import { call, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { LayerContext } from './layer.js';

/** The wavelengths of both encodings go from 2 pi to 2 pi times this. */
const longest = 10_000;

/** The angle of frequency `pair` of `width / 2` at a place: `place / 10000^(2 pair / width)`. */
const angle = (place: number, pair: number, width: number): number => place / longest ** ((2 * pair) / width);

/** A table of the angles' cosines, or sines: `[time, width / 2]`. */
const table = (time: number, width: number, of: (angle: number) => number) => (): Float32Array =>
  Float32Array.from({ length: (time * width) / 2 }, (_, i) => of(angle(Math.floor(i / (width / 2)), i % (width / 2), width)));

/**
 * `sin(angle)` in even and `cos(angle)` in odd columns of `[time, width]`, at frequency `floor(column / 2)` (Vaswani et al., 2017,
 * section 3.5).
 */
export function sinusoids(time: number, width: number): Float32Array {
  return Float32Array.from({ length: time * width }, (_, i) => {
    const column = i % width;
    const at = angle(Math.floor(i / width), Math.floor(column / 2), width);
    return column % 2 === 0 ? Math.sin(at) : Math.cos(at);
  });
}

/**
 * Rotary positions (Su et al., RoFormer, 2021): elements i and i + depth / 2 of `[batch, heads, time, depth]` are a point that is
 * turned by the angle of frequency i at its time. The halves are split as in GPT-NeoX and Llama; RoFormer itself pairs neighbours,
 * which is the same up to the order of the elements. The depth must be even.
 */
export function rotate({ builder, constant }: LayerContext, x: TensorId): TensorId {
  const shape = builder.shapeOf(x);
  const [time, depth] = shape.slice(-2) as [number, number];
  const half = depth / 2;
  const cosine = constant(`rotary.cosine.${time}`, [time, half], table(time, depth, Math.cos));
  const sine = constant(`rotary.sine.${time}`, [time, half], table(time, depth, Math.sin));
  const [a, b] = [builder.slice(x, 3, 0, half), builder.slice(x, 3, half, half)];
  const turned = (sign: 'add' | 'subtract', p: TensorId, q: TensorId): TensorId =>
    builder.map(call(sign, call('multiply', input(0), input(2)), call('multiply', input(1), input(3))), [p, q, cosine, sine]);
  return builder.concatenate([turned('subtract', a, b), turned('add', b, a)], 3);
}
