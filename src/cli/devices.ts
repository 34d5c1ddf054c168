import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Backend } from '../backends/backend.js';
import { CpuBackend } from '../backends/cpu/cpu.js';
import { type VectorBits, supportsWideVectors } from '../backends/cpu/kernels.js';
import type { GpuJsDevice } from '../backends/gpujs/devices.js';
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
  /** Bits of the CPU's vectors. */
  readonly vectorBits?: VectorBits;
  /** Only kernels whose bits are the same on every machine. */
  readonly deterministic: boolean;
}

/** The device that is asked for. Throws a `UserError` where it cannot be had: nothing else is taken in its place. */
async function openDevice({ device, threads, vectorBits, deterministic }: DeviceOptions): Promise<Backend> {
  if (device === 'cpu') {
    if (vectorBits === 256 && !supportsWideVectors()) {
      const hint = 'they take Node.js 24 on x64, and a processor with AVX2';
      throw new UserError('there are no vectors of 256 bits here', { hint, exit: 'usage' });
    }
    return new CpuBackend({
      ...(threads === undefined ? {} : { threads }),
      ...(vectorBits === undefined ? {} : { vectorBits }),
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

/**
 * The device that is asked for, or the faster one for `auto`.
 * @param step the program that `auto` decides by
 * @param say gets one line or two that tell what computes and why
 */
export async function obtainDevice(options: DeviceOptions, step: () => Program, say: (line: string) => void): Promise<Backend> {
  if (options.device === 'auto') return chooseDevice(options, step(), say);
  if (options.device === 'gpu') {
    const { problem } = await probeGpu();
    if (problem !== undefined) throw new UserError(problem.message, problem.hint === undefined ? {} : { hint: problem.hint });
  }
  const backend = await openDevice(options);
  say(describeDevice(backend));
  return backend;
}

const describeDevice = ({ description: { device, engine } }: Backend): string => `device: ${device}, ${engine}`;

/** Steps of the rehearsal that `auto` decides by, after one to warm up. */
const rehearsedSteps = 3;

/** Where `auto` finds its devices. */
export interface DeviceSource {
  open(options: DeviceOptions): Promise<Backend>;
  /** Why the GPU is left alone, or undefined. */
  reasonAgainstGpu(): Promise<string | undefined>;
}

/**
 * The faster of the CPU and the GPU for a program, by rehearsing it on both; the CPU where there is no GPU of hardware, or it
 * cannot run the program.
 */
export async function chooseDevice(
  options: DeviceOptions,
  step: Program,
  say: (line: string) => void,
  source: DeviceSource = { open: openDevice, reasonAgainstGpu },
): Promise<Backend> {
  const cpu = await source.open({ ...options, device: 'cpu' });
  const withoutGpu = (reason: string): Backend => {
    say(describeDevice(cpu));
    say(`no GPU: ${reason}`);
    return cpu;
  };
  const missing = options.deterministic ? '--deterministic' : await source.reasonAgainstGpu();
  if (missing !== undefined) return withoutGpu(missing);
  let gpu: Backend, gpuTime: number;
  try {
    gpu = await source.open({ ...options, device: 'gpu' });
    gpuTime = await rehearse(gpu, step);
  } catch (error) {
    if (error instanceof UserError) return withoutGpu(error.message);
    throw error;
  }
  const cpuTime = await rehearse(cpu, step);
  const chosen = gpuTime < cpuTime ? gpu : cpu;
  say(describeDevice(chosen));
  say(`chosen by a rehearsal: a step takes ${cpuTime.toFixed(1)} ms on the CPU, ${gpuTime.toFixed(1)} ms on the GPU`);
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

/** Why `auto` leaves the GPU alone, or undefined. */
async function reasonAgainstGpu(): Promise<string | undefined> {
  const { name, software, problem } = await probeGpu();
  if (problem !== undefined) return problem.brief;
  return software ? `${name} is software` : undefined;
}

interface GpuProbe {
  name?: string;
  software?: boolean;
  problem?: { brief: string; message: string; hint?: string };
}

/**
 * Looks for a GPU adapter in a process of its own: drivers print warnings of their own, and a broken one may take its process with
 * it.
 */
function probeGpu(): Promise<GpuProbe> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script('probe-adapter.js')], { timeout: 10_000 }, (error, stdout) => {
      if (!error) return resolve(JSON.parse(stdout) as GpuProbe);
      const brief = 'its driver cannot be started';
      resolve({ problem: { brief, message: `no GPU: ${brief}`, hint: 'use --device cpu, and update the driver' } });
    });
  });
}

/** The GPU.js devices, listed by a process of its own for the same reason. */
export function listGpuDevices(): Promise<GpuJsDevice[]> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script('probe-devices.js')], { timeout: 60_000 }, (cause, stdout) => {
      if (!cause) return resolve(JSON.parse(stdout) as GpuJsDevice[]);
      reject(new UserError('the GPU devices cannot be listed: a driver took the process that asks with it', { cause }));
    });
  });
}

const script = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));
