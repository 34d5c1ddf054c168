import { listGpuDevices } from '../backends/gpujs/devices.js';

// Prints the devices of GPU.js as JSON: run by `nn devices` as a process of its own.
const devices = await listGpuDevices();
process.stdout.write(JSON.stringify(devices), () => process.exit(0));
