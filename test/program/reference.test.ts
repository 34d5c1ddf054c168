import { describe, expect, it } from 'vitest';
import { ReferenceBackend } from '../../src/backends/reference/reference.js';
import { call, constant, input } from '../../src/ops/expression.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import type { Program } from '../../src/program/program.js';

/** `a, b := b, a + x` and reads a as it was. */
function swapping(): Program {
  const builder = new ProgramBuilder();
  const [a, b] = [builder.stateTensor('a', [2]), builder.stateTensor('b', [2])];
  builder.update('a', b);
  builder.update('b', builder.map(call('add', input(0), input(1)), [a, builder.input('x')]));
  builder.output('before', a);
  return builder.finish();
}

function doubling(): Program {
  const builder = new ProgramBuilder();
  builder.output('twice', builder.map(call('multiply', input(0), constant(2)), [builder.stateTensor('a', [2])]));
  return builder.finish();
}

describe('ReferenceBackend', () => {
  it('holds one state for all programs, 0 at first, changed at the end of a run', async () => {
    const session = await new ReferenceBackend().open({ swap: swapping(), double: doubling() });
    expect([...(await session.readState('a'))]).toEqual([0, 0]);
    await session.writeState('a', Float32Array.of(1, 2));
    await session.writeState('b', Float32Array.of(3, 4));
    const swap = session.executable('swap');
    await swap.run(new Map([['x', Float32Array.of(10)]]));
    expect([...(await swap.read('before'))]).toEqual([1, 2]);
    expect([...(await session.readState('a'))]).toEqual([3, 4]);
    expect([...(await session.readState('b'))]).toEqual([11, 12]);
    await session.executable('double').run(new Map());
    expect([...(await session.executable('double').read('twice'))]).toEqual([6, 8]);
    await session.dispose();
  });
});
