import { setFlagsFromString } from 'node:v8';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { conformance } from './conformance.js';

// Tested is what the optimizing compiler makes of the kernels, from the first call on. Later engines do not survive the flag.
if (Number(process.versions.v8.split('.')[0]) <= 13) setFlagsFromString('--no-liftoff');

conformance('cpu, relaxed SIMD, 1 thread', async () => new CpuBackend({ threads: 1, build: 'relaxed' }), { tolerance: 1e-4 });
conformance('cpu, relaxed SIMD, 3 threads', async () => new CpuBackend({ threads: 3, build: 'relaxed' }), { tolerance: 1e-4 });
conformance('cpu, plain SIMD, 2 threads', async () => new CpuBackend({ threads: 2, build: 'plain' }), { tolerance: 1e-4 });
conformance('cpu, vectors of 256 bits, 2 threads', async () => new CpuBackend({ threads: 2, vectorBits: 256 }), {
  tolerance: 1e-4,
});
