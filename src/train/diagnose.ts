import type { Backend, Session } from '../backends/backend.js';
import { fieldsOf } from '../catalog/dataset.js';
import { type Model, inspectionProgram, names } from '../graph/programs.js';
import type { ScheduledInputs } from './trainer.js';

/**
 * Says where a loss that is not finite comes from: the first parameter or layer output that holds NaN or infinity, on the same batch,
 * with the same dropout masks. The state must still be the one that led to it.
 */
export async function findNonFinite(backend: Backend, session: Session, model: Model, batch: ScheduledInputs): Promise<string> {
  const inspection = await backend.open({ inspect: inspectionProgram(model, batch.size, true) });
  try {
    for (const { name, layer } of [...model.parameters, ...model.statistics]) {
      const values = await session.readState(name);
      if (!values.every(Number.isFinite))
        return `layer "${layer}" (its ${name.slice(layer.length + 1)} holds ${describe(values)})`;
      await inspection.writeState(name, values);
    }
    for (const field of Object.keys(fieldsOf(model.info))) {
      const values = batch.inputs.get(field);
      if (values !== undefined && !values.every(Number.isFinite)) return `the data (a record holds NaN or infinity in ${field})`;
    }
    const executable = inspection.executable('inspect');
    await executable.run(batch.inputs);
    for (const { name } of model.graph.nodes) {
      const values = await executable.read(names.layer(name));
      if (!values.every(Number.isFinite)) return `layer "${name}" (its output holds ${describe(values)})`;
    }
    return `the loss itself, after layer "${model.graph.output}" (whose outputs are finite but large)`;
  } finally {
    await inspection.dispose();
  }
}

const describe = (values: Float32Array): string => (values.some(Number.isNaN) ? 'NaN' : 'infinity');
