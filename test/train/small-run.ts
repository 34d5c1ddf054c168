import type { Backend, Session } from '../../src/backends/backend.js';
import { classification, fieldsOf } from '../../src/catalog/dataset.js';
import { BatchSource } from '../../src/data/batches.js';
import { fitModel } from '../../src/graph/programs.js';
import { experimentSchema } from '../../src/spec/experiment.js';
import { beginTraining } from '../../src/train/run.js';
import { batchPrograms } from '../../src/train/batch-programs.js';
import type { Sources } from '../../src/train/sources.js';
import { type TrainingEvents, type TrainingSetup, train } from '../../src/train/trainer.js';

/** Records that can be learnt: the class of each is where its largest value is. */
function records(length: number) {
  const inputs = new Float32Array(length * 4);
  const targets = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    targets[i] = (i * 7) % 3;
    for (let j = 0; j < 4; j++) inputs[i * 4 + j] = ((i * 31 + j * 17) % 10) / 10 + (j === targets[i] ? 1 : 0);
  }
  return { length, columns: { input: { values: inputs }, target: { values: targets } } };
}

export interface SmallRunSettings {
  readonly train: object;
  readonly layers?: object[];
  readonly optimizer?: unknown;
  readonly schedule?: unknown;
  readonly metrics?: unknown[];
  readonly batchSize?: number;
  readonly events?: Partial<TrainingEvents>;
}

export interface SmallRun {
  setup: TrainingSetup;
  session: Session;
}

/** A run of a tiny model on a backend, with nothing written. */
export async function smallRun(backend: Backend, settings: SmallRunSettings): Promise<SmallRun> {
  const { batchSize = 8 } = settings;
  const experiment = experimentSchema.parse({
    version: 1,
    name: 'small',
    seed: 3,
    data: { dataset: { type: 'mnist' }, batch_size: batchSize },
    model: settings.layers ?? [{ type: 'dense', units: 3 }],
    loss: 'cross_entropy',
    ...(settings.optimizer === undefined ? {} : { optimizer: settings.optimizer }),
    ...(settings.schedule === undefined ? {} : { schedule: settings.schedule }),
    metrics: settings.metrics ?? ['accuracy'],
    train: settings.train,
  });
  const [trainRecords, testRecords] = [records(44), records(20)];
  const info = classification([4], 3, { trainLength: trainRecords.length, testLength: testRecords.length });
  const model = fitModel(experiment, info);
  const source = (of: typeof trainRecords, shuffleSeed?: number): BatchSource =>
    new BatchSource({
      records: of,
      indices: Uint32Array.from({ length: of.length }, (_, i) => i),
      fields: fieldsOf(info),
      batchSize,
      shuffleSeed,
    });
  const test = source(testRecords);
  const sources: Sources = { train: source(trainRecords, 3), validation: test, test };
  const programs = batchPrograms(model, sources);
  const session = await backend.open(programs);
  const nothing = (): void => undefined;
  const events = { stepped: nothing, logged: nothing, epochEnded: nothing, save: async () => undefined, shouldStop: () => false };
  const progress = await beginTraining(session, model);
  return { session, setup: { backend, session, model, sources, programs, progress, events: { ...events, ...settings.events } } };
}

export { train };
