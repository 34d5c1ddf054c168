import { UserError } from '../../errors.js';
import { type GpuJsDescription, openGpuJs } from './gpujs.js';
import { type GpuJsMode, gpuJsModes, modes } from './modes.js';

/** A device of GPU.js as `nn devices` lists it. */
export interface GpuJsDevice {
  /** As `--device` names it. */
  readonly device: string;
  readonly mode: GpuJsMode;
  /** What runs there; absent where the device is not usable. */
  readonly description?: GpuJsDescription;
  /** Why it is not usable, and what could be done. */
  readonly reason?: string;
}

/** Tries every mode of GPU.js, by running a kernel in it. */
export async function listGpuDevices(): Promise<GpuJsDevice[]> {
  const devices: GpuJsDevice[] = [];
  for (const mode of gpuJsModes) {
    const { device } = modes[mode];
    try {
      devices.push({ device, mode, description: (await openGpuJs(mode)).description });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      devices.push({ device, mode, reason: error.hint === undefined ? error.message : `${error.message}; ${error.hint}` });
    }
  }
  return devices;
}
