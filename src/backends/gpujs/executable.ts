import type { TensorId } from '../../ops/op.js';
import type { Program } from '../../program/program.js';
import type { Executable } from '../backend.js';
import type { Engine, RunKernel } from './engine.js';
import type { StageOperand } from './kernels/kernel.js';
import { type StepPlan, planSteps } from './steps.js';
import type { Tensor } from './tensor.js';

interface CompiledStage {
  readonly run: RunKernel;
  readonly operands: readonly StageOperand[];
}

/** A program as a list of kernels. Runs must not overlap, nor runs of programs that share state. */
export class GpuJsExecutable implements Executable {
  private readonly program: Program;
  private readonly engine: Engine;
  private readonly state: Map<string, Tensor>;
  private readonly plan: StepPlan;
  private readonly stages: readonly (readonly CompiledStage[])[];
  private readonly tensors = new Map<TensorId, Tensor>();
  private readonly numbers = new Map<TensorId, number>();

  /** @param state the session's state by name, of which this program's updates replace the tensors */
  constructor(program: Program, engine: Engine, state: Map<string, Tensor>) {
    this.program = program;
    this.engine = engine;
    this.state = state;
    this.plan = planSteps(program, engine.maximumArrays);
    this.stages = this.plan.steps.map(({ stages }) =>
      stages.map(({ source, length, operands }) => ({ run: engine.kernel(source, length), operands })),
    );
  }

  async run(inputs: ReadonlyMap<string, Float32Array>): Promise<void> {
    this.engine.check();
    this.release();
    try {
      for (const [name, id] of this.plan.numbers) this.numbers.set(id, inputs.get(name)![0]!);
      for (const [name, id] of this.plan.uploads) this.tensors.set(id, await this.engine.upload(inputs.get(name)!));
      for (const [name, id] of this.plan.state) this.tensors.set(id, this.state.get(name)!.retain());
      for (let step = 0; step < this.stages.length; step++) await this.runStep(step);
      this.update();
      await this.engine.keepPace();
    } catch (error) {
      this.release();
      this.engine.check();
      throw error;
    }
  }

  async read(output: string): Promise<Float32Array> {
    const tensor = this.tensors.get(this.program.outputs.get(output)!);
    if (tensor === undefined) throw new Error(`${output} is read before a run`);
    return this.engine.read(tensor);
  }

  /** Lets go of the outputs of the last run. */
  release(): void {
    for (const tensor of this.tensors.values()) tensor.release();
    this.tensors.clear();
  }

  private async runStep(index: number): Promise<void> {
    const { inputs, output, release } = this.plan.steps[index]!;
    const results: Tensor[] = [];
    try {
      for (const { run, operands } of this.stages[index]!) {
        const handles = operands.map((operand) => {
          if ('stage' in operand) return results[operand.stage]!.handle;
          const id = inputs[operand.input]!;
          return this.tensors.get(id)?.handle ?? this.numbers.get(id)!;
        });
        results.push(await run(handles));
      }
      this.tensors.set(output, results.pop() ?? this.tensors.get(inputs[0]!)!.retain());
    } finally {
      for (const scratch of results) scratch.release();
    }
    for (const id of release) {
      this.tensors.get(id)!.release();
      this.tensors.delete(id);
    }
  }

  /** Gives the state its next values, and lets go of all but the outputs. */
  private update(): void {
    const { updates, outputs } = this.program;
    for (const [name, id] of updates) {
      const before = this.state.get(name)!;
      this.state.set(name, this.tensors.get(id)!.retain());
      before.release();
    }
    const readable = new Set(outputs.values());
    for (const [id, tensor] of this.tensors) {
      if (readable.has(id)) continue;
      tensor.release();
      this.tensors.delete(id);
    }
  }
}
