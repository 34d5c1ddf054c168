/**
 * How GPU.js can run a kernel here. The kernels are the same in all modes. `headlessgl` needs the package gl, which the user
 * installs and the tests do not: it alone has not passed the conformance suite.
 */
export type GpuJsMode = 'webgpu' | 'headlessgl' | 'webasm' | 'cpu';

interface ModeProperties {
  /** As `--device` names it. */
  readonly device: string;
  /** The GPU.js class that must have run a kernel for the mode to have been what ran. */
  readonly kernelClass: string;
  /** Whether results stay on a device as handles; else they are arrays in this process. */
  readonly resident: boolean;
  /** Whether it runs without graphics hardware; of WebGPU its adapter tells. */
  readonly software: boolean | 'unknown';
  /** How it computes, for people. */
  readonly summary: string;
}

export const modes: { readonly [M in GpuJsMode]: ModeProperties } = {
  webgpu: { device: 'gpu', kernelClass: 'WebGPUKernel', resident: true, software: 'unknown', summary: 'WebGPU' },
  headlessgl: {
    device: 'gpu-gl',
    kernelClass: 'HeadlessGLKernel',
    resident: true,
    software: 'unknown',
    summary: 'headless OpenGL',
  },
  webasm: {
    device: 'gpujs-webasm',
    kernelClass: 'WebAssemblyKernel',
    resident: false,
    software: true,
    summary: 'WebAssembly, 1 thread',
  },
  cpu: { device: 'gpujs-cpu', kernelClass: 'CPUKernel', resident: false, software: true, summary: 'JavaScript, 1 thread' },
};

export const gpuJsModes = Object.keys(modes) as GpuJsMode[];
