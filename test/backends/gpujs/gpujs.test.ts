import { it } from 'vitest';
import { openGpuJs } from '../../../src/backends/gpujs/gpujs.js';
import { conformance } from '../conformance.js';
import { whyNoWebGpu } from './software-adapter.js';

const tolerance = 1e-4;

conformance('gpujs-cpu', () => openGpuJs('cpu'), { tolerance });
conformance('gpujs-webasm', () => openGpuJs('webasm'), { tolerance });

const missing = await whyNoWebGpu();
if (missing === undefined) conformance('gpu (WebGPU)', () => openGpuJs('webgpu'), { tolerance });
else it.skip(`conformance of gpu (WebGPU): ${missing}`);
