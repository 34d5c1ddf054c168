import { GPU, type IKernelRunShortcut } from 'gpu.js';
import { UserError } from '../../errors.js';
import { DeviceWatch } from './device-watch.js';
import { type GpuJsMode, modes } from './modes.js';
import { type Handle, type LiveTensors, Tensor } from './tensor.js';
import { type AdapterInfo, type Device, findAdapter } from './webgpu.js';

/** A built kernel. Operands are handles and numbers. */
export type RunKernel = (operands: readonly (Handle | number)[]) => Promise<Tensor>;

/** What GPU.js keeps of a WebGPU device. */
interface WebGpuContext {
  readonly adapter: { readonly info: AdapterInfo };
  readonly device: Device;
}

/** The part of GPU.js's WebGPU kernel that holds its last result. */
interface OutputOwner {
  outputBuffer: { _refs: number } | null;
}

/**
 * A WebGPU kernel keeps its last result until its next run, even when the handle has been deleted: every activation and gradient
 * of a step would stay in memory. This makes the handle the only owner. It is no public part of GPU.js, whose version is pinned.
 */
function leaveToHandle(kernel: OutputOwner): void {
  if (kernel.outputBuffer === null || kernel.outputBuffer._refs < 2) return;
  kernel.outputBuffer._refs--;
  kernel.outputBuffer = null;
}

/** Engines that use GPU.js's one WebGPU device, and the end of that device once none is left. */
let deviceUsers = 0;
let deviceEnd: Promise<unknown> = Promise.resolve();

/** GPU.js in one mode: its kernels, and the tensors they made. */
export class Engine {
  readonly mode: GpuJsMode;
  readonly live: LiveTensors = { count: 0 };
  private readonly gpu: GPU;
  private readonly kernels = new Map<string, RunKernel>();
  private context: WebGpuContext | undefined;
  private watch: DeviceWatch | undefined;

  private constructor(mode: GpuJsMode, gpu: GPU) {
    this.mode = mode;
    this.gpu = gpu;
  }

  /**
   * Starts GPU.js and proves by running a kernel that the mode works. Throws a `UserError` where the system lacks what it needs:
   * there is no falling back to another mode.
   */
  static async start(mode: GpuJsMode): Promise<Engine> {
    const usesDevice = mode === 'webgpu';
    if (usesDevice) {
      await findAdapter();
      await deviceEnd;
    }
    const engine = new Engine(mode, createGpu(mode));
    if (usesDevice) deviceUsers++;
    try {
      const probe = engine.kernel('function(a) {\nreturn a[this.thread.x] * 2 + 1;\n}', 3);
      const tensor = await probe([Float32Array.of(1, 2, 3)]);
      const values = await engine.read(tensor);
      tensor.release();
      if (values.join() !== '3,5,7') throw new UserError(`GPU.js in ${mode} mode computes ${values.join(', ')} for 3, 5, 7`);
      return engine;
    } catch (error) {
      await engine.stop();
      throw error instanceof UserError
        ? error
        : new UserError(`GPU.js cannot run in ${mode} mode: ${messageOf(error)}`, { cause: error });
    }
  }

  /** The adapter that runs the kernels, in webgpu mode. */
  get adapter(): AdapterInfo | undefined {
    return this.context?.adapter.info;
  }

  /** How many arrays a kernel may read. */
  get maximumArrays(): number {
    return this.context === undefined ? Infinity : this.context.device.limits.maxStorageBuffersPerShaderStage! - 1;
  }

  /** The kernel of a source and a number of results: the same for the same. It is built when it first runs. */
  kernel(source: string, length: number): RunKernel {
    const key = `${length}\n${source}`;
    const found = this.kernels.get(key);
    if (found !== undefined) return found;
    const shortcut = this.gpu.createKernel(source, { output: [length], pipeline: true, immutable: true, precision: 'single' });
    let checked = false;
    const run: RunKernel = async (operands) => {
      const handle = (await shortcut(...(operands as never[]))) as unknown as Handle;
      if (!checked) this.checkWhatRan(shortcut);
      checked = true;
      if (this.mode === 'webgpu') leaveToHandle(shortcut.kernel as unknown as OutputOwner);
      return new Tensor(handle, this.live);
    };
    this.kernels.set(key, run);
    return run;
  }

  /** A tensor of host values. They are copied. */
  async upload(values: Float32Array): Promise<Tensor> {
    if (!modes[this.mode].resident) return new Tensor(values.slice(), this.live);
    return this.kernel('function(a) {\nreturn a[this.thread.x];\n}', values.length)([values]);
  }

  /** A copy of a tensor's values. */
  async read(tensor: Tensor): Promise<Float32Array> {
    const { handle } = tensor;
    const values = handle instanceof Float32Array ? handle.slice() : await handle.toArray();
    this.watch?.check();
    return values;
  }

  /** Throws a `UserError` if the device has failed. */
  check(): void {
    this.watch?.check();
  }

  /** To be awaited after every run of a program: bounds what waits on the device. */
  async keepPace(): Promise<void> {
    await this.watch?.keepPace();
  }

  /** Gives back every kernel, and the device if nobody else uses it. */
  async stop(): Promise<void> {
    await this.watch?.finish();
    this.kernels.clear();
    await this.gpu.destroy();
    if (this.mode !== 'webgpu' || --deviceUsers > 0) return;
    const device = this.context?.device;
    if (device === undefined) return;
    device.destroy();
    deviceEnd = device.lost;
    await deviceEnd;
  }

  /** GPU.js replaces a kernel that its mode cannot run by one on the CPU; that is a defect of the kernel's source. */
  private checkWhatRan({ kernel }: IKernelRunShortcut): void {
    const expected = modes[this.mode].kernelClass;
    const { constructor, fallbackReason, context } = kernel as unknown as {
      constructor: { name: string };
      fallbackReason: string | null;
      context: unknown;
    };
    if (constructor.name !== expected) {
      throw new Error(`GPU.js ran a ${constructor.name} in place of a ${expected}: ${fallbackReason ?? 'no reason given'}`);
    }
    if (this.mode === 'webgpu' && this.context === undefined) {
      this.context = context as WebGpuContext;
      this.watch = DeviceWatch.of(this.context.device);
    }
  }
}

function createGpu(mode: GpuJsMode): GPU {
  try {
    return new GPU({ mode });
  } catch (cause) {
    if (mode === 'headlessgl') {
      throw new UserError('no headless OpenGL: the package gl (headless-gl) is not installed, or there is no display', {
        hint: 'install gl, which compiles for some minutes, and run where there is a display or under xvfb-run',
        cause,
      });
    }
    throw new UserError(`GPU.js has no ${mode} mode here: ${messageOf(cause)}`, { cause });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
