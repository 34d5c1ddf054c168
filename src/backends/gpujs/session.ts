import type { Program } from '../../program/program.js';
import { size } from '../../shape.js';
import type { Session } from '../backend.js';
import type { Engine } from './engine.js';
import { GpuJsExecutable } from './executable.js';
import type { Tensor } from './tensor.js';

/** Programs as GPU.js kernels, with their state resident where the mode has device memory. */
export class GpuJsSession<Name extends string = string> implements Session<Name> {
  private readonly engine: Engine;
  private readonly state = new Map<string, Tensor>();
  private readonly stateSizes = new Map<string, number>();
  private readonly executables = new Map<Name, GpuJsExecutable>();
  private disposal: Promise<void> | undefined;

  private constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Takes the engine over: it is stopped with the session, or here if a program does not fit. */
  static async open<Name extends string>(engine: Engine, programs: Readonly<Record<Name, Program>>): Promise<GpuJsSession<Name>> {
    const session = new GpuJsSession<Name>(engine);
    try {
      for (const [name, program] of Object.entries<Program>(programs)) {
        session.executables.set(name as Name, new GpuJsExecutable(program, engine, session.state));
        for (const [state, id] of program.state) session.declare(state, size(program.shapes[id]!));
      }
      const constants = new Map(Object.values<Program>(programs).flatMap((program) => [...program.constants]));
      for (const [name, length] of session.stateSizes) {
        session.state.set(name, await engine.upload(constants.get(name) ?? new Float32Array(length)));
      }
      return session;
    } catch (error) {
      await session.dispose();
      throw error;
    }
  }

  /** Tensors that hold memory now: the state, and what the last runs left to be read. */
  get liveTensors(): number {
    return this.engine.live.count;
  }

  executable(name: Name): GpuJsExecutable {
    return this.executables.get(name)!;
  }

  async readState(name: string): Promise<Float32Array> {
    return this.engine.read(this.stateTensor(name));
  }

  async writeState(name: string, values: Float32Array): Promise<void> {
    const before = this.stateTensor(name);
    const length = this.stateSizes.get(name);
    if (values.length !== length) throw new Error(`${name} has ${length} elements, not ${values.length}`);
    this.engine.check();
    this.state.set(name, await this.engine.upload(values));
    before.release();
  }

  dispose(): Promise<void> {
    this.disposal ??= this.stop();
    return this.disposal;
  }

  private async stop(): Promise<void> {
    for (const executable of this.executables.values()) executable.release();
    for (const tensor of this.state.values()) tensor.release();
    this.state.clear();
    await this.engine.stop();
  }

  private declare(name: string, length: number): void {
    const found = this.stateSizes.get(name) ?? length;
    if (found !== length) throw new Error(`programs disagree on the size of ${name}: ${found} and ${length}`);
    this.stateSizes.set(name, length);
  }

  private stateTensor(name: string): Tensor {
    const tensor = this.state.get(name);
    if (tensor === undefined) throw new Error(`there is no state ${name}`);
    return tensor;
  }
}
