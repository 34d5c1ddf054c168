import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../errors.js';
import type { Program } from '../../program/program.js';
import type { Backend, BackendDescription, Executable, Session } from '../backend.js';
import { type Buffer, kernelNumbers } from './kernel-call.js';
import {
  type KernelBuild,
  type KernelExports,
  type VectorBits,
  compileKernels,
  supportsRelaxedSimd,
  supportsWideVectors,
} from './kernels.js';
import { type LoweredProgram, lower } from './lower.js';
import { type MemoryPlan, align, placementOf, planMemory } from './memory.js';
import { type Stage, schedule } from './schedule.js';

export interface CpuOptions {
  /** How many threads compute, this one included; by default one per core. Bits do not depend on it. */
  threads?: number;
  /** By default `relaxed` where the engine has it. */
  build?: KernelBuild;
  /** By default 256 where the engine has them; elsewhere those are slower. The bits of results do not depend on it. */
  vectorBits?: VectorBits;
}

const mostThreads = 256;
/** The kernels' control block ends here: its words, and a cache line for each thread. */
const controlBytes = 1024 + mostThreads * 64;
/** Where kernels read whether vectors have 256 bits (`kernels/simd.ts`). */
const joinsVectorsAt = 456;
const pageBytes = 65536;
const mostBytes = 2 ** 32 - pageBytes;
/** Programs with less work than this run on one thread: waking the others would take longer. */
const threadedWork = 1 << 21;

/** WebAssembly SIMD on all cores: kernels in one shared memory, a step is one call. See `kernels/runtime.ts`. */
export class CpuBackend implements Backend {
  readonly description: BackendDescription;
  private readonly module: WebAssembly.Module;
  private readonly threads: number;
  private readonly vectorBits: VectorBits;

  constructor(options: CpuOptions = {}) {
    this.threads = options.threads ?? availableParallelism();
    if (!Number.isInteger(this.threads) || this.threads < 1 || this.threads > mostThreads) {
      throw new UserError(`the number of threads must be a whole number from 1 to ${mostThreads}, not ${this.threads}`, {
        exit: 'usage',
      });
    }
    const build = options.build ?? (supportsRelaxedSimd() ? 'relaxed' : 'plain');
    if (build === 'relaxed' && !supportsRelaxedSimd()) throw new UserError('this Node.js has no relaxed SIMD', { exit: 'usage' });
    this.vectorBits = options.vectorBits ?? (supportsWideVectors() ? 256 : 128);
    this.module = compileKernels(build, this.vectorBits);
    const simd = this.vectorBits === 256 ? 'WebAssembly SIMD of 256 bits' : 'WebAssembly SIMD';
    const engine = build === 'relaxed' ? `${simd} with fused multiply-add` : simd;
    this.description = {
      device: 'cpu',
      engine: `${engine}, ${this.threads} thread${this.threads === 1 ? '' : 's'}`,
      numerics: build === 'relaxed' ? 'wasm-relaxed' : 'wasm',
    };
  }

  async open<Name extends string>(programs: Readonly<Record<Name, Program>>): Promise<Session<Name>> {
    const session = new CpuSession(this.module, this.threads, this.vectorBits, programs);
    for (const { constants } of Object.values<Program>(programs)) {
      for (const [name, values] of constants) await session.writeState(name, values);
    }
    await session.start();
    return session;
  }
}

/** A program with its memory planned. */
interface Planned {
  lowered: LoweredProgram;
  stages: Stage[];
  plan: MemoryPlan;
}

function planProgram(program: Program): Planned {
  const lowered = lower(program);
  const stages = schedule(lowered);
  return { lowered, stages, plan: planMemory(lowered, stages) };
}

/** Bytes a session of these programs takes, for `nn summary`. */
export function memoryOf(programs: readonly Program[], threads: number): number {
  return layOut(programs.map(planProgram), threads, 1 << 20).end;
}

interface Layout {
  /** Each thread's own memory: first the scratch memory of kernels, then local buffers. */
  threadBase: number;
  threadBytes: number;
  localOffset: number;
  stateAddress: Map<string, number>;
  sharedBase: number;
  end: number;
}

function layOut(planned: readonly Planned[], threads: number, gemmScratch: number): Layout {
  const most = (of: (plan: MemoryPlan) => number): number => Math.max(0, ...planned.map(({ plan }) => of(plan)));
  const localOffset = align(gemmScratch + most((plan) => plan.scratchBytes));
  // Odd multiples of a cache line keep the threads' memories from the same cache sets.
  const threadBytes = align(localOffset + most((plan) => plan.localBytes)) + 64 * 9;
  let end = align(controlBytes + threads * threadBytes);
  const stateAddress = new Map<string, number>();
  for (const { lowered } of planned) {
    for (const [name, buffer] of lowered.state) {
      if (stateAddress.has(name)) continue;
      stateAddress.set(name, end);
      end += align(buffer.units * buffer.bytesPerUnit);
    }
  }
  const sharedBase = end;
  // Vectors may be read up to 28 bytes past a buffer's end.
  end += most((plan) => plan.sharedBytes) + 64;
  return { threadBase: controlBytes, threadBytes, localOffset, stateAddress, sharedBase, end };
}

class CpuSession<Name extends string> implements Session<Name> {
  private readonly executables = new Map<string, CpuExecutable>();
  private readonly state = new Map<string, Float32Array>();
  private readonly memory: WebAssembly.Memory;
  private readonly module: WebAssembly.Module;
  private readonly layout: Layout;
  private readonly kernels: KernelExports;
  private readonly threads: number;
  private workers: Worker[] = [];

  constructor(module: WebAssembly.Module, threads: number, vectorBits: VectorBits, programs: Readonly<Record<Name, Program>>) {
    this.module = module;
    const planned = Object.entries<Program>(programs).map(([name, program]) => ({ name, ...planProgram(program) }));
    const work = (stages: readonly Stage[]): number =>
      stages.reduce((sum, s) => sum + s.calls.reduce((n, call) => n + call.work, 0), 0);
    this.threads = planned.some(({ stages }) => work(stages) >= threadedWork) ? threads : 1;

    // The size of the product's scratch memory is known to the kernels alone, and they need a memory to be asked.
    const probe = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const gemmScratch = instantiate(module, probe).gemmScratch();
    this.layout = layOut(planned, this.threads, gemmScratch);
    const descriptors = planned.map(({ lowered, stages, plan }) => {
      const address = (buffer: Buffer): number => {
        for (const [name, candidate] of lowered.state) if (candidate === buffer) return this.layout.stateAddress.get(name)!;
        throw new Error('a buffer was given no memory');
      };
      return encodeProgram(stages, placementOf(plan, lowered, this.layout.sharedBase, address));
    });
    let end = this.layout.end;
    const addresses = descriptors.map(({ words }) => {
      const at = end;
      end = align(end + words.length * 4);
      return at;
    });
    this.memory = allocate(end);
    this.kernels = instantiate(module, this.memory);
    new Int32Array(this.memory.buffer, joinsVectorsAt, 1)[0] = Number(vectorBits === 256);
    const floats = (at: number, buffer: Buffer): Float32Array =>
      new Float32Array(this.memory.buffer, at, (buffer.units * buffer.bytesPerUnit) / 4);
    planned.forEach(({ name, lowered, plan, stages }, i) => {
      const { words, pointers } = descriptors[i]!;
      for (const at of pointers) words[at]! += addresses[i]!;
      new Int32Array(this.memory.buffer, addresses[i]!, words.length).set(words);
      for (const [state, buffer] of lowered.state) this.state.set(state, floats(this.layout.stateAddress.get(state)!, buffer));
      const view = (buffer: Buffer): Float32Array => {
        const shared = plan.shared.get(buffer);
        if (shared !== undefined) return floats(this.layout.sharedBase + shared, buffer);
        const stateBuffer = lowered.overwrites.get(buffer) ?? buffer;
        const [stateName] = [...lowered.state].find(([, candidate]) => candidate === stateBuffer)!;
        return this.state.get(stateName)!;
      };
      const views = (buffers: ReadonlyMap<string, Buffer>): Map<string, Float32Array> =>
        new Map([...buffers].map(([key, buffer]) => [key, view(buffer)]));
      const used = work(stages) >= threadedWork ? this.threads : 1;
      const { threadBase, localOffset } = this.layout;
      const start = (): void => this.kernels.run(addresses[i]!, used, threadBase + localOffset, threadBase);
      this.executables.set(name, new CpuExecutable(views(lowered.inputs), views(lowered.outputs), start));
    });
  }

  /** Starts the worker threads and waits until each is ready: a run must not wait for a thread that is still being made. */
  async start(): Promise<void> {
    const { threadBase, threadBytes, localOffset } = this.layout;
    const ready: Promise<void>[] = [];
    for (let thread = 1; thread < this.threads; thread++) {
      const scratch = threadBase + thread * threadBytes;
      const worker = new Worker(new URL('./worker.js', import.meta.url), {
        execArgv: [],
        workerData: { module: this.module, memory: this.memory, thread, local: scratch + localOffset, scratch },
      });
      this.workers.push(worker);
      ready.push(
        new Promise((resolve, reject) => {
          worker.once('message', () => resolve());
          worker.once('error', reject);
        }),
      );
    }
    await Promise.all(ready);
    for (const worker of this.workers) worker.unref();
  }

  executable(name: Name): Executable {
    return this.executables.get(name)!;
  }

  async readState(name: string): Promise<Float32Array> {
    return this.state.get(name)!.slice();
  }

  async writeState(name: string, values: Float32Array): Promise<void> {
    const target = this.state.get(name)!;
    if (values.length !== target.length) throw new Error(`${name} holds ${target.length} values, not ${values.length}`);
    target.set(values);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
    this.workers = [];
  }
}

class CpuExecutable implements Executable {
  private readonly inputs: ReadonlyMap<string, Float32Array>;
  private readonly outputs: ReadonlyMap<string, Float32Array>;
  private readonly start: () => void;

  constructor(inputs: ReadonlyMap<string, Float32Array>, outputs: ReadonlyMap<string, Float32Array>, start: () => void) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.start = start;
  }

  run(inputs: ReadonlyMap<string, Float32Array>): void {
    for (const [name, target] of this.inputs) target.set(inputs.get(name)!);
    this.start();
  }

  read(output: string): Float32Array {
    return this.outputs.get(output)!;
  }
}

function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): KernelExports {
  const abort = (): never => {
    throw new Error('a kernel failed');
  };
  return new WebAssembly.Instance(module, { env: { memory, abort } }).exports as KernelExports;
}

function allocate(bytes: number): WebAssembly.Memory {
  const hint = 'take a smaller batch_size or a smaller model';
  if (bytes > mostBytes) {
    throw new UserError(`the model needs ${(bytes / 2 ** 30).toFixed(1)} GiB of memory; WebAssembly can have 4`, { hint });
  }
  try {
    const pages = Math.ceil(bytes / pageBytes);
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (cause) {
    throw new UserError(`there is no memory for the ${Math.ceil(bytes / 2 ** 20)} MiB that the model needs`, { hint, cause });
  }
}

/** A program as 32-bit words; `pointers` lists those that hold addresses within it, still to be moved to where it will lie. */
function encodeProgram(
  stages: readonly Stage[],
  placement: ReturnType<typeof placementOf>,
): { words: number[]; pointers: number[] } {
  const words: number[] = [stages.length, ...stages.map(() => 0)];
  const pointers: number[] = [];
  stages.forEach((stage, i) => {
    const kernels = stage.calls.map((call) => {
      const at = words.length * 4;
      words.push(...call.encode(placement));
      return [kernelNumbers[call.kernel], at] as const;
    });
    words[1 + i] = words.length * 4;
    pointers.push(1 + i);
    const next = stages[i + 1];
    // Two stages of a single chunk are both the first thread's: nobody has to wait.
    const ends = next === undefined || stage.units > stage.chunk || next.units > next.chunk;
    words.push(stage.units, stage.chunk, stage.calls.length, Number(ends), stage.step);
    for (const [number, at] of kernels) {
      words.push(number);
      pointers.push(words.length);
      words.push(at);
    }
  });
  return { words, pointers };
}
