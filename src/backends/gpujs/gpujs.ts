import type { Program } from '../../program/program.js';
import type { Backend, BackendDescription } from '../backend.js';
import { Engine } from './engine.js';
import { type GpuJsMode, modes } from './modes.js';
import { GpuJsSession } from './session.js';
import { adapterName, isSoftware } from './webgpu.js';

export interface GpuJsDescription extends BackendDescription {
  readonly mode: GpuJsMode;
  /** The name of the WebGPU adapter. */
  readonly adapter?: string;
  /** Whether no graphics hardware takes part. Headless OpenGL does not tell. */
  readonly software: boolean | 'unknown';
}

/** Runs programs as GPU.js kernels in one mode. */
export class GpuJsBackend implements Backend {
  readonly description: GpuJsDescription;

  constructor(description: GpuJsDescription) {
    this.description = description;
  }

  /** Throws a `UserError` where a tensor is too large for the kernels, or the device has gone. */
  async open<Name extends string>(programs: Readonly<Record<Name, Program>>): Promise<GpuJsSession<Name>> {
    return GpuJsSession.open(await Engine.start(this.description.mode), programs);
  }
}

/**
 * A backend for a mode of GPU.js, proved by running a kernel. Throws a `UserError` that names what is missing where the mode does
 * not work here; it never falls back to another.
 */
export async function openGpuJs(mode: GpuJsMode): Promise<GpuJsBackend> {
  const engine = await Engine.start(mode);
  const description = describe(engine);
  await engine.stop();
  return new GpuJsBackend(description);
}

function describe({ mode, adapter }: Engine): GpuJsDescription {
  const { device, summary, software: softwareMode } = modes[mode];
  const engine = `GPU.js, ${summary}`;
  if (adapter === undefined) return { device, engine, numerics: `gpujs-${mode}`, mode, software: softwareMode };
  const name = adapterName(adapter);
  const software = isSoftware(adapter);
  return {
    device,
    engine: `${engine} on ${name}${software ? ', software' : ''}`,
    // Shader compilers differ in rounding, so drivers count as much as hardware.
    numerics: `gpujs-${mode} ${[adapter.vendor, adapter.architecture, adapter.device, adapter.description].join('/')}`,
    mode,
    adapter: name,
    software,
  };
}
