import { describe, expect, it } from 'vitest';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { call, input } from '../../src/ops/expression.js';
import { errorFunction } from '../../src/ops/error-function.js';
import { ProgramBuilder } from '../../src/program/builder.js';

/** Every 4093rd float32 by its bits, which is over a million from -NaN to NaN, and what a formula is most often asked for. */
const floats = ((): Float32Array => {
  const bits = Uint32Array.from({ length: Math.floor(2 ** 32 / 4093) }, (_, i) => i * 4093);
  const dense = Float32Array.from({ length: 200_000 }, (_, i) => (i - 100_000) / 5000);
  const special = [0, -0, 1, -1, Infinity, -Infinity, NaN, 88.72, 88.73, -87.33, -103.97, -104, 1.17549435e-38, 1e-45];
  return Float32Array.from([...new Float32Array(bits.buffer), ...dense, ...special]);
})();

/** The distance between a float32 and its neighbour away from 0; subnormal numbers are 2^-149 apart. */
const unitOf = (value: number): number => 2 ** Math.max(Math.floor(Math.log2(Math.abs(value))) - 23, -149);

const largestFloat = 3.4028234663852886e38;

/** The error in units in the last place of the right result, and whether that result is subnormal. */
function worstErrors(actual: Float32Array, exact: (x: number) => number): { normal: number; subnormal: number; at: number } {
  const worst = { normal: 0, subnormal: 0, at: 0 };
  actual.forEach((found, i) => {
    const right = exact(floats[i]!);
    const rounded = Math.fround(right);
    if (Object.is(found, rounded) || (Number.isNaN(found) && Number.isNaN(right)) || (found === 0 && rounded === 0)) return;
    // Where the right result is beyond the largest float by rounding alone, both are as good.
    const bounded = (value: number): number => Math.max(-largestFloat, Math.min(largestFloat, value));
    const error = Math.abs(bounded(found) - bounded(right)) / unitOf(bounded(right));
    const kind = Math.abs(right) < 1.17549435e-38 ? 'subnormal' : 'normal';
    if (!(error <= worst[kind])) [worst[kind], worst.at] = [Number.isNaN(error) ? Infinity : error, floats[i]!];
  });
  return worst;
}

// The bounds that `kernels/functions.ts` states, in units in the last place.
const bounds = [
  { primitive: 'exponential', exact: Math.exp, normal: 2, subnormal: 4 },
  { primitive: 'logarithm', exact: Math.log, normal: 2, subnormal: 2 },
  { primitive: 'hyperbolic_tangent', exact: Math.tanh, normal: 3, subnormal: 3 },
  // Where the result would be subnormal, that is below 2^23 units of 2^-149, it may be 0.
  { primitive: 'sigmoid', exact: (x: number) => 1 / (1 + Math.exp(-x)), normal: 3, subnormal: 2 ** 23 },
  { primitive: 'error_function', exact: errorFunction, normal: 2, subnormal: 2 },
] as const;

describe('elementary functions of the CPU kernels', () => {
  for (const build of ['relaxed', 'plain'] as const) {
    for (const { primitive, exact, normal, subnormal } of bounds) {
      it(`${primitive} is within ${normal} units in the last place, ${build} SIMD`, async () => {
        const builder = new ProgramBuilder();
        builder.output('y', builder.map(call(primitive, input(0)), [builder.input('x', [floats.length])]));
        const session = await new CpuBackend({ threads: 1, build }).open({ main: builder.finish() });
        const executable = session.executable('main');
        await executable.run(new Map([['x', floats]]));
        const errors = worstErrors(await executable.read('y'), exact);
        await session.dispose();
        expect(errors.normal, `at ${errors.at}`).toBeLessThanOrEqual(normal);
        expect(errors.subnormal, `at ${errors.at}`).toBeLessThanOrEqual(subnormal);
      });
    }
  }
});
