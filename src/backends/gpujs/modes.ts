/** How GPU.js can run a kernel here. */
export type GpuJsMode = 'webgpu' | 'headlessgl' | 'webasm' | 'cpu';

interface ModeProperties {
  /** As `--device` names it. */
  readonly device: string;
  /** The GPU.js class that must have run a kernel for the mode to have been what ran. */
  readonly kernelClass: string;
  /** Whether results stay on a device as handles; else they are arrays in this process. */
  readonly resident: boolean;
  /** How it computes, for people. */
  readonly summary: string;
}

export const modes: { readonly [M in GpuJsMode]: ModeProperties } = {
  webgpu: { device: 'gpu', kernelClass: 'WebGPUKernel', resident: true, summary: 'WebGPU' },
  headlessgl: { device: 'gpu-gl', kernelClass: 'HeadlessGLKernel', resident: true, summary: 'headless OpenGL' },
  webasm: { device: 'gpujs-webasm', kernelClass: 'WebAssemblyKernel', resident: false, summary: 'WebAssembly, 1 thread' },
  cpu: { device: 'gpujs-cpu', kernelClass: 'CPUKernel', resident: false, summary: 'JavaScript, 1 thread' },
};

export const gpuJsModes = Object.keys(modes) as GpuJsMode[];
