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

/**
 * The smallest module that tells what relaxed SIMD does: () => lane 0 of relaxed_madd(a, a, c), where a = 1 + 2^-12 and
 * c = -(1 + 2^-11). Fused it is 2^-24, in two roundings 0.
 */
const relaxedProbe = Uint8Array.from([
  ...[0, 97, 115, 109, 1, 0, 0, 0], // version 1
  ...[1, 5, 1, 96, 0, 1, 125], // a type: () => f32
  ...[3, 2, 1, 0], // a function of that type
  ...[7, 5, 1, 1, 102, 0, 0], // exported as f
  ...[10, 31, 1, 29, 0], // its code
  ...[67, 0, 8, 128, 63, 253, 19, 67, 0, 8, 128, 63, 253, 19, 67, 0, 16, 128, 191, 253, 19], // f32x4.splat of a, a and c
  ...[253, 133, 2, 253, 31, 0, 11], // f32x4.relaxed_madd, f32x4.extract_lane 0, end
]);

/** Whether this engine runs the relaxed build. On Node 20 it lies behind a flag, which must be set before anything is compiled. */
export function supportsRelaxedSimd(): boolean {
  if (!WebAssembly.validate(relaxedProbe)) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(relaxedProbe);
}

/** Bits of the vectors that the kernels' inner loops are laid out for. The bits of results do not depend on them. */
export type VectorBits = 128 | 256;

/** The version of V8 that is known to join vectors as the kernels need it, with the same bits: that of Node 24. */
const joiningVersion = 13;

/**
 * Whether this engine can join two neighbouring vectors of 128 bits into one of 256. V8 does so on x64 with AVX2, behind a flag. A
 * program cannot ask for AVX2, but processors that have it are those that fuse a multiplication and an addition.
 */
export function supportsWideVectors(): boolean {
  const version = Number(process.versions.v8.split('.')[0]);
  if (process.arch !== 'x64' || version !== joiningVersion || !supportsRelaxedSimd()) return false;
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(relaxedProbe), {}).exports;
  return (f as () => number)() > 0;
}

/** A custom section of one byte, which means nothing: engines share the code of modules that are alike, and so these are not. */
const marked = (bits: VectorBits): number[] => [0, 2, 1, bits === 256 ? 50 : 49];

/** Compiles one of the two builds that `npm run build` has made. The engine optimizes it while it runs, for vectors of so many bits. */
export function compileKernels(build: KernelBuild, bits: VectorBits): WebAssembly.Module {
  if (supportsWideVectors()) setFlagsFromString(`--${bits === 256 ? '' : 'no-'}experimental-wasm-revectorize`);
  // From `src/backends/cpu` and from `dist/backends/cpu` alike.
  const file = new URL(`../../../dist/kernels/${build}.wasm`, import.meta.url);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new UserError(`the kernels are not built: ${file.pathname} is missing`, { hint: 'run: npm run build', cause });
  }
  return new WebAssembly.Module(Buffer.concat([bytes, Buffer.from(marked(bits))]));
}
