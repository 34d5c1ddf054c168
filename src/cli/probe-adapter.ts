import { adapterName, findAdapter, isSoftware } from '../backends/gpujs/webgpu.js';
import { UserError } from '../errors.js';

// Prints the adapter that WebGPU finds as JSON: run by `--device auto` as a process of its own.
let found: { name?: string; software?: boolean } = {};
try {
  const adapter = await findAdapter();
  found = { name: adapterName(adapter), software: isSoftware(adapter) };
} catch (error) {
  if (!(error instanceof UserError)) throw error;
}
process.stdout.write(JSON.stringify(found));
process.exit(0);
