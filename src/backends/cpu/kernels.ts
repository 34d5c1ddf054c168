import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { UserError } from '../../errors.js';

/** `relaxed`: fused multiply-add, faster; `plain`: a multiplication and an addition, whose bits are the same on every machine. */
export type KernelBuild = 'relaxed' | 'plain';

/** What `kernels/runtime.ts` exports for the host. Addresses are bytes in the shared memory. */
export interface KernelExports extends WebAssembly.Exports {
  gemmScratch(): number;
  run(program: number, threads: number, local: number, scratch: number): void;
  work(thread: number, seen: number, local: number, scratch: number): void;
}

/** The smallest module with a relaxed SIMD instruction: () => i8x16.relaxed_swizzle of two zeros, dropped. */
const relaxedProbe = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 16, 1, 14, 0, 65, 0, 253, 15, 65, 0, 253, 15, 253, 128, 2, 26,
  11,
]);

/** Whether this engine runs the relaxed build. On Node 20 it lies behind a flag, which must be set before anything is compiled. */
export function supportsRelaxedSimd(): boolean {
  if (!WebAssembly.validate(relaxedProbe)) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(relaxedProbe);
}

/** Compiles one of the two builds that `npm run build` has made. */
export function compileKernels(build: KernelBuild): WebAssembly.Module {
  // From `src/backends/cpu` and from `dist/backends/cpu` alike.
  const file = new URL(`../../../dist/kernels/${build}.wasm`, import.meta.url);
  let bytes: Buffer<ArrayBuffer>;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new UserError(`the kernels are not built: ${file.pathname} is missing`, { hint: 'run: npm run build', cause });
  }
  return new WebAssembly.Module(bytes);
}
