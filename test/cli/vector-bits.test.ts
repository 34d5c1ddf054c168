import { describe, expect, it } from 'vitest';
import { supportsWideVectors } from '../../src/backends/cpu/kernels.js';
import { obtainDevice } from '../../src/cli/devices.js';
import { ProgramBuilder } from '../../src/program/builder.js';

/** What is said of the CPU with vectors of so many bits. */
async function said(vectorBits?: 128 | 256): Promise<string> {
  let line = '';
  const options = { device: 'cpu', threads: 1, deterministic: false, ...(vectorBits === undefined ? {} : { vectorBits }) };
  await obtainDevice(
    options,
    () => new ProgramBuilder().finish(),
    (text) => (line = text),
  );
  return line;
}

const narrow = 'device: cpu, WebAssembly SIMD with fused multiply-add, 1 thread';
const wide = 'device: cpu, WebAssembly SIMD of 256 bits with fused multiply-add, 1 thread';

describe('--vector-bits', () => {
  it('128 does without wider vectors', async () => expect(await said(128)).toBe(narrow));

  it.runIf(supportsWideVectors())('256 is what is taken where the engine has them', async () => {
    expect([await said(), await said(256)]).toEqual([wide, wide]);
  });

  it.skipIf(supportsWideVectors())('256 is an error where the engine does not have them', async () => {
    expect(await said()).toBe(narrow);
    await expect(said(256)).rejects.toThrow('there are no vectors of 256 bits here');
  });
});
