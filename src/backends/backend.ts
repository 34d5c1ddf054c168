import type { Program } from '../program/program.js';

/** What really runs: recorded with every run. */
export interface BackendDescription {
  /** `cpu`, `gpu`, ... as `--device` names it. */
  readonly device: string;
  /** For people: engine and hardware, such as `WebAssembly relaxed SIMD, 2 threads`. */
  readonly engine: string;
  /** Backends of one numerics string give the same bits for the same program on the same processor. */
  readonly numerics: string;
}

/** One program, ready to run any number of times without allocating. */
export interface Executable {
  /** Runs the program once. Every input of the program is given. */
  run(inputs: ReadonlyMap<string, Float32Array>): void | Promise<void>;
  /** An output of the last run. The array may be overwritten by the next one. */
  read(output: string): Float32Array | Promise<Float32Array>;
}

/** Programs that share their state. All of it but the constants is 0 at first. */
export interface Session<Name extends string = string> {
  executable(name: Name): Executable;
  readState(name: string): Promise<Float32Array>;
  writeState(name: string, values: Float32Array): Promise<void>;
  dispose(): Promise<void>;
}

/** A device that runs programs. */
export interface Backend {
  readonly description: BackendDescription;
  /** Compiles programs, lays out their memory and sets the state to 0. Throws a `UserError` where memory does not suffice. */
  open<Name extends string>(programs: Readonly<Record<Name, Program>>): Promise<Session<Name>>;
}
