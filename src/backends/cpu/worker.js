// A thread of the CPU backend. Everything it does is in the kernels: it runs what the host starts until the host says to leave.
import { parentPort, workerData } from 'node:worker_threads';

const { module, memory, thread, local, scratch } = workerData;
const instance = new WebAssembly.Instance(module, { env: { memory, abort } });

/** Called by the kernels where they cannot go on. */
function abort() {
  throw new Error('a kernel failed');
}

parentPort?.postMessage('ready');
/** @type {import('./kernels.js').KernelExports} */ (instance.exports).work(thread, 0, local, scratch);
