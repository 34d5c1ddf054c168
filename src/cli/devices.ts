import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Backend } from '../backends/backend.js';
import { CpuBackend } from '../backends/cpu/cpu.js';
import { UserError } from '../errors.js';
import type { Program } from '../program/program.js';
import { size } from '../shape.js';

/** What `--device` takes: `auto`, the CPU, and the modes of GPU.js. */
export const deviceModes = {
  gpu: 'webgpu',
  'gpu-gl': 'headlessgl',
  'gpujs-cpu': 'cpu',
  'gpujs-webasm': 'webasm',
} as const;
export const deviceNames = ['auto', 'cpu', ...Object.keys(deviceModes)];

export interface DeviceOptions {
  readonly device: string;
  readonly threads?: number;
  /** Only kernels whose bits are the same on every machine. */
  readonly deterministic: boolean;
}

/** The device that is asked for. Throws a `UserError` where it cannot be had: nothing else is taken in its place. */
export async function openDevice({ device, threads, deterministic }: DeviceOptions): Promise<Backend> {
  if (device === 'cpu') {
    return new CpuBackend({
      ...(threads === undefined ? {} : { threads }),
      ...(deterministic ? { build: 'plain' as const } : {}),
    });
  }
  const mode = (deviceModes as Record<string, (typeof deviceModes)[keyof typeof deviceModes]>)[device];
  if (mode === undefined) {
    throw new UserError(`there is no device "${device}"`, { hint: `devices: ${deviceNames.join(', ')}`, exit: 'usage' });
  }
  const { openGpuJs } = await import('../backends/gpujs/gpujs.js');
  return openGpuJs(mode);
}

/** Steps of the rehearsal that `auto` decides by, after one to warm up. */
const rehearsedSteps = 3;

/**
 * The faster of the CPU and the GPU for a training step, by rehearsing it on both; without a GPU of hardware, the CPU.
 * @param say gets one line that tells what was chosen and why
 */
export async function chooseDevice(options: DeviceOptions, step: Program, say: (line: string) => void): Promise<Backend> {
  const cpu = await openDevice({ ...options, device: 'cpu' });
  const missing = options.deterministic ? '--deterministic' : await reasonAgainstGpu();
  if (missing !== undefined) {
    say(`device: cpu (${cpu.description.engine}); no GPU: ${missing}`);
    return cpu;
  }
  const gpu = await openDevice({ ...options, device: 'gpu' });
  const [cpuTime, gpuTime] = [await rehearse(cpu, step), await rehearse(gpu, step)];
  const chosen = gpuTime < cpuTime ? gpu : cpu;
  say(
    `device: ${chosen.description.device} (${chosen.description.engine}); a step takes ${cpuTime.toFixed(1)} ms on the CPU ` +
      `and ${gpuTime.toFixed(1)} ms on the GPU`,
  );
  return chosen;
}

async function rehearse(backend: Backend, step: Program): Promise<number> {
  const session = await backend.open({ step });
  try {
    const executable = session.executable('step');
    const inputs = new Map([...step.inputs].map(([name, id]) => [name, new Float32Array(size(step.shapes[id]!))]));
    const times: number[] = [];
    for (let i = 0; i <= rehearsedSteps; i++) {
      const start = performance.now();
      await executable.run(inputs);
      await executable.read('loss');
      if (i > 0) times.push(performance.now() - start);
    }
    return Math.min(...times);
  } finally {
    await session.dispose();
  }
}

/**
 * Why `auto` leaves the GPU alone, or undefined. The driver is tried in a process of its own: it prints warnings of its own, and a
 * broken one may take its process with it.
 */
function reasonAgainstGpu(): Promise<string | undefined> {
  const probe = fileURLToPath(new URL('./probe-adapter.js', import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [probe], { timeout: 10_000 }, (error, stdout) => {
      if (error) return resolve('its driver cannot be started (nn devices tells more)');
      const { name, software } = JSON.parse(stdout) as { name?: string; software?: boolean };
      if (name === undefined) return resolve('no adapter found');
      resolve(software ? `${name} is software` : undefined);
    });
  });
}
