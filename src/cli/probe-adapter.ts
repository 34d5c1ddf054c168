import { adapterName, findAdapter, isSoftware } from '../backends/gpujs/webgpu.js';
import { UserError } from '../errors.js';

// Prints the adapter that WebGPU finds, or why there is none, as JSON: run as a process of its own.
let found: object;
try {
  const adapter = await findAdapter();
  found = { name: adapterName(adapter), software: isSoftware(adapter) };
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  found = { problem: { brief: 'no adapter found', message: error.message, hint: error.hint } };
}
process.stdout.write(JSON.stringify(found), () => process.exit(0));
