import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { conformance } from './conformance.js';

conformance('cpu, relaxed SIMD, 1 thread', async () => new CpuBackend({ threads: 1, build: 'relaxed' }), { tolerance: 1e-4 });
conformance('cpu, relaxed SIMD, 3 threads', async () => new CpuBackend({ threads: 3, build: 'relaxed' }), { tolerance: 1e-4 });
conformance('cpu, plain SIMD, 2 threads', async () => new CpuBackend({ threads: 2, build: 'plain' }), { tolerance: 1e-4 });
