// Compiles the kernels twice: with fused multiply-add (relaxed SIMD), and with a multiplication and an addition, whose bits are
// the same on every machine. Run by `npm run build`; nothing is compiled when the package is installed or used.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const source = fileURLToPath(new URL('runtime.ts', import.meta.url));
const target = fileURLToPath(new URL('../../../../dist/kernels/', import.meta.url));
mkdirSync(target, { recursive: true });

// The memory's size is the host's choice: 4 GiB is only the most it may be. Tables of constants lie after the words of the control block.
const common =
  '--runtime stub --importMemory --sharedMemory --maximumMemory 65536 --initialMemory 1 --memoryBase 512 --noAssert --zeroFilledMemory -O3'.split(
    ' ',
  );
const features = ['simd', 'threads', 'bulk-memory'];
for (const [name, enabled] of [
  ['plain', features],
  ['relaxed', [...features, 'relaxed-simd']],
]) {
  const enable = enabled.flatMap((feature) => ['--enable', feature]);
  const { error, stderr } = await asc.main([
    source,
    '--outFile',
    `${target}${name}.wasm`,
    ...common,
    ...enable,
    ...process.argv.slice(2),
  ]);
  if (error) {
    console.error(`the ${name} kernels do not compile: ${error.message}\n${stderr.toString()}`);
    process.exit(1);
  }
}
