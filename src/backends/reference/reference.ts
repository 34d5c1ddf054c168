import type { Program } from '../../program/program.js';
import { size } from '../../shape.js';
import type { Backend, Executable, Session } from '../backend.js';
import { runOp } from './kernels.js';

type Values = Float64Array;

/** Plain loops in float64, one op after the other: what every op means. For tests; slow. */
export class ReferenceBackend implements Backend {
  readonly description = { device: 'reference', engine: 'plain float64', numerics: 'float64' };

  async open<Name extends string>(programs: Readonly<Record<Name, Program>>): Promise<Session<Name>> {
    const state = new Map<string, Values>();
    for (const program of Object.values<Program>(programs)) {
      for (const [name, id] of program.state) state.set(name, new Float64Array(size(program.shapes[id]!)));
      for (const [name, values] of program.constants) state.get(name)!.set(values);
    }
    const executables = new Map(
      Object.entries<Program>(programs).map(([name, program]) => [name, new Interpreter(program, state)]),
    );
    return {
      executable: (name) => executables.get(name)!,
      readState: async (name) => Float32Array.from(state.get(name)!),
      writeState: async (name, values) => state.get(name)!.set(values),
      dispose: async () => state.clear(),
    };
  }
}

/** Runs a program op by op. */
export class Interpreter implements Executable {
  private readonly program: Program;
  private readonly state: Map<string, Values>;
  private tensors: Values[] = [];

  constructor(program: Program, state: Map<string, Values>) {
    this.program = program;
    this.state = state;
  }

  run(inputs: ReadonlyMap<string, ArrayLike<number>>): void {
    const { program, state } = this;
    this.tensors = [];
    for (const [name, id] of program.inputs) this.tensors[id] = Float64Array.from(inputs.get(name)!);
    for (const [name, id] of program.state) this.tensors[id] = state.get(name)!;
    for (const op of program.ops) {
      const operands = op.inputs.map((id) => ({ shape: program.shapes[id]!, values: this.tensors[id]! }));
      this.tensors[op.output] = runOp(op.attributes, operands, program.shapes[op.output]!);
    }
    for (const [name, id] of program.updates) state.set(name, this.tensors[id]!.slice());
  }

  read(output: string): Float32Array {
    return Float32Array.from(this.readExactly(output));
  }

  readExactly(output: string): Values {
    return this.tensors[this.program.outputs.get(output)!]!;
  }
}
