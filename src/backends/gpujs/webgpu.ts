import { UserError } from '../../errors.js';

/** What `GPUAdapterInfo` says of an adapter. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

/** The parts of WebGPU's `GPUAdapter` used here. */
interface Adapter {
  readonly info: AdapterInfo;
  readonly limits: { readonly [name: string]: number };
  requestDevice(descriptor: { requiredLimits?: Record<string, number> }): Promise<Device>;
}

/** The parts of WebGPU's `GPUDevice` used here. */
export interface Device {
  readonly limits: { readonly [name: string]: number };
  readonly queue: { onSubmittedWorkDone(): Promise<void> };
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  onuncapturederror: ((event: { readonly error: { readonly message: string } }) => void) | null;
  destroy(): void;
}

interface Entry {
  requestAdapter(options?: object): Promise<Adapter | null>;
}

let entry: Promise<Entry> | undefined;

/**
 * Starts Dawn, Chromium's implementation of WebGPU, and puts it where GPU.js looks for it: `navigator.gpu`. Throws a `UserError`
 * where Dawn has no build for this system.
 */
export function provideWebGpu(): Promise<Entry> {
  entry ??= start().catch((error: unknown) => {
    entry = undefined;
    throw error;
  });
  return entry;
}

async function start(): Promise<Entry> {
  const { create } = await import('webgpu').catch((cause: unknown) => {
    throw new UserError(`the webgpu package has no working build for ${process.platform}-${process.arch}`, {
      hint: 'use --device cpu, or install the package where its README lists the system',
      cause,
    });
  });
  const dawn = create([]) as unknown as Entry;
  const gpu: Entry = {
    async requestAdapter(options) {
      const adapter = await dawn.requestAdapter({ powerPreference: 'high-performance', ...options });
      return adapter && withAllStorageBuffers(adapter);
    },
  };
  const { navigator } = globalThis as { navigator?: object };
  if (navigator === undefined) Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  else Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  return gpu;
}

/** GPU.js asks for devices with the default of 8 storage buffers, one of which is the result; most adapters have more. */
function withAllStorageBuffers(adapter: Adapter): Adapter {
  const { info, limits } = adapter;
  return {
    info,
    limits,
    requestDevice: (descriptor) =>
      adapter.requestDevice({
        ...descriptor,
        requiredLimits: {
          ...descriptor.requiredLimits,
          maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage!,
        },
      }),
  };
}

/** The adapter that GPU.js will get. Throws a `UserError` where there is none. */
export async function findAdapter(): Promise<AdapterInfo> {
  const gpu = await provideWebGpu();
  const adapter = await gpu.requestAdapter();
  if (adapter === null) {
    throw new UserError(`no GPU adapter: ${missingDriver[process.platform] ?? 'WebGPU found none'}`, {
      hint: 'use --device cpu, or --device auto, which takes a GPU only where there is one',
    });
  }
  return adapter.info;
}

/** What an adapter needs, by platform. */
const missingDriver: { readonly [platform: string]: string } = {
  linux: 'WebGPU needs the Vulkan loader libvulkan.so.1 and a Vulkan 1.1 driver of the graphics card, and found none',
  darwin: 'WebGPU needs Metal, and found no device for it',
  win32: 'WebGPU needs Direct3D 12 or Vulkan, and found no device for either',
};

/** An adapter's name for people, such as `SwiftShader driver 5.0.0 (google swiftshader)`. */
export function adapterName({ vendor, architecture, device, description }: AdapterInfo): string {
  const family = [vendor, architecture].filter((part) => part !== '').join(' ');
  const name = description || device;
  if (name === '') return family || 'unnamed adapter';
  return family === '' ? name : `${name} (${family})`;
}

/** Whether the adapter is a program and no hardware: right, and slower than the CPU backend. */
export function isSoftware({ vendor, architecture, device, description, isFallbackAdapter }: AdapterInfo): boolean {
  const text = [vendor, architecture, device, description].join(' ');
  return isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|\bwarp\b/i.test(text);
}
