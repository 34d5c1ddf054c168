import { z } from 'zod';
import { augmentations } from '../catalog/augmentations/index.js';
import { datasets } from '../catalog/datasets/index.js';
import { name } from '../catalog/layer-keys.js';
import { layerSchema } from '../catalog/layers/index.js';
import { losses } from '../catalog/losses/index.js';
import { metrics } from '../catalog/metrics/index.js';
import { optimizerKeys, patterns } from '../catalog/optimizer-keys.js';
import { optimizers } from '../catalog/optimizers/index.js';
import { schedules } from '../catalog/schedules/index.js';
import { transforms } from '../catalog/transforms/index.js';
import { isPenalty, penalties } from '../catalog/weight-options.js';

const comparisonKeys = {
  name: name.optional().describe('What it is called in reports; by default its type.'),
  output: name.optional().describe('The layer that is compared, by name; by default the last one.'),
  target: name
    .optional()
    .describe(
      'The field of the data set that it is compared with, by name; by default the target. An autoencoder takes `input`.',
    ),
};

const lossKeys = {
  ...comparisonKeys,
  name: name
    .optional()
    .describe('What it is called in reports where there are several, as `loss_<name>`; by default its output, else its type.'),
  weight: z.number().nonnegative().default(1).describe('What it is multiplied by in the sum of several losses.'),
};

const scheduleKeys = {
  warmup_epochs: z
    .number()
    .nonnegative()
    .optional()
    .describe('The learning rate rises linearly from 0 for this many epochs first.'),
  warmup_steps: z.int().nonnegative().optional().describe('The same in steps, in place of warmup_epochs.'),
};

const augmentationKeys = {
  probability: z.number().gt(0).max(1).default(1).describe('Of how many records, on average.'),
  fields: z
    .array(name)
    .min(1)
    .optional()
    .describe(
      'What is changed, all in the same way: inputs or targets by name, such as a picture and its mask. By default the inputs.',
    ),
};

const monitor = z.string().describe('A metric of the run, such as val_loss or val_accuracy.');

const splitTypes = ['random', 'stratified', 'group', 'time', 'index'] as const;
const split = z.strictObject({
  type: z
    .enum(splitTypes)
    .default('random')
    .describe(
      'random: by the content of each record; stratified: each class has the same share of every part; group: records of one value of `column` stay together; time: what comes last by `column` is held out, and each fold is told from those before it; index: by the place of each record, as version 0.1 chose those for validation.',
    ),
  column: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A column of the table, which need not be a feature, or a field of the data set; for stratified by default the target.',
    ),
  seed: z.int().nonnegative().optional().describe('Another number holds out others; by default the seed of the experiment.'),
});

const balances = ['weights', 'oversample', 'undersample'] as const;
const balance = z.strictObject({
  type: z
    .enum(balances)
    .describe(
      'weights: in the loss a class counts n / (classes * n_c); oversample: in each epoch every class comes as often as the largest, some records several times; undersample: as often as the smallest, other records in each epoch.',
    ),
  target: name.optional().describe('The target whose classes are meant; by default the first.'),
});

const bounds = z
  .strictObject({
    min: z.number().optional().describe('The least value that passes.'),
    max: z.number().optional().describe('The largest value that passes.'),
  })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'needs min, max or both')
  .refine(({ min, max }) => min === undefined || max === undefined || min <= max, 'min must not be above max');

/** The whole of a config file, version 1. Strict at every depth. */
export const experimentSchema = z
  .strictObject({
    version: z.literal(1).describe('The version of this format.'),
    name: name.describe('Names the run folders: runs/<name>-001.'),
    description: z.string().optional().describe('What the experiment is for.'),
    seed: z.int().nonnegative().default(0).describe('Every random number of the run is a function of it.'),
    data: z
      .strictObject({
        dataset: datasets.schemaOrName().describe('Where the records come from.'),
        batch_size: z.int().positive().default(32).describe('Records in a training step.'),
        validation: z
          .number()
          .nonnegative()
          .default(0)
          .refine((n) => n < 1 || Number.isInteger(n), 'must be a whole number of records or a fraction below 1')
          .describe('Training records held out for validation: a number, or a fraction below 1.'),
        split: z
          .union([
            z.enum(splitTypes).transform((type) => ({ type }) as { type: typeof type; column?: string; seed?: number }),
            split,
          ])
          .refine(({ type, column }) => column !== undefined || (type !== 'group' && type !== 'time'), {
            message: 'group and time need a column to split by',
            path: ['column'],
          })
          .prefault('random')
          .describe('How records are chosen for validation and folds, and for the test where the data set leaves that open.'),
        folds: z
          .int()
          .min(2)
          .max(1000)
          .default(5)
          .describe('Into how many parts the training records are cut for cross-validation, with `nn cv` or `fold`.'),
        fold: z.int().positive().optional().describe('Which of the folds, from 1, is held out in place of `validation`.'),
        balance: z
          .union([z.enum(balances).transform((type) => ({ type }) as { type: typeof type; target?: string }), balance])
          .optional()
          .describe('What makes up for classes of different sizes, in training alone.'),
        shuffle: z.boolean().default(true).describe('Whether the training records come in another order each epoch.'),
        augment: z
          .array(augmentations.schemaOrName(augmentationKeys))
          .prefault([])
          .describe('Random changes of the training records, in order, others in each epoch.'),
        transforms: z.array(transforms.schemaOrName()).prefault([]).describe('Applied to every record, in order.'),
        workers: z
          .int()
          .nonnegative()
          .max(64)
          .optional()
          .describe(
            'Threads that make batches ahead of the step: results are the same for any number. By default one for every two cores, 4 at most, where making a batch is work and the first steps of the run show that it goes faster with them; else none.',
          ),
        prefetch: z.int().min(2).max(1024).default(4).describe('Batches that threads may be ahead. So many are held in memory.'),
      })
      .describe('What is learnt from.'),
    model: z
      .array(layerSchema)
      .min(1)
      .describe('The layers, each reading the one above unless `inputs` says otherwise; `input` is the data.'),
    loss: z
      .union([losses.schemaOrName(lossKeys), z.array(losses.schema(lossKeys)).min(1)])
      .describe('What training makes small.'),
    regularizer: z
      .strictObject({
        ...penalties,
        match: patterns().prefault(['*']).describe('Which parameters, by name: all of them, or */kernel and the like.'),
      })
      .refine(isPenalty, 'needs l1, l2 or both')
      .optional()
      .describe('What parameters add to the loss, in training and in every loss that is reported.'),
    optimizer: optimizers.schemaOrName(optimizerKeys).prefault('adam').describe('How parameters follow their gradients.'),
    schedule: schedules
      .schemaOrName(scheduleKeys)
      .prefault('constant')
      .describe('How the learning rate changes in the course of the run.'),
    metrics: z.array(metrics.schemaOrName(comparisonKeys)).prefault([]).describe('What is measured beside the loss.'),
    train: z
      .strictObject({
        epochs: z.int().positive().default(1).describe('Passes over the training records.'),
        accumulate_steps: z
          .int()
          .positive()
          .default(1)
          .describe('Batches whose mean gradient makes one update. The last update of an epoch takes what is left.'),
        ema: z
          .strictObject({
            decay: z.number().min(0).lt(1).default(0.999).describe('What of the average is kept at each update.'),
            warmup: z
              .boolean()
              .default(false)
              .describe(
                'Whether the decay of update t is at most (1 + t) / (10 + t), so that early weights are forgotten sooner.',
              ),
          })
          .optional()
          .describe('Keep an exponential moving average of the weights, and evaluate with it.'),
        swa: z
          .strictObject({ start_epoch: z.int().positive().describe('The first epoch that is averaged.') })
          .optional()
          .describe('Keep the mean of the weights at the ends of epochs, and evaluate with it: stochastic weight averaging.'),
        early_stopping: z
          .strictObject({
            monitor: monitor.default('val_loss'),
            patience: z
              .int()
              .nonnegative()
              .default(3)
              .describe('Epochs without improvement after which training stops; 0 acts as 1.'),
            min_delta: z.number().nonnegative().default(0).describe('What counts as an improvement.'),
          })
          .optional()
          .describe('Stop when a metric no longer improves.'),
        best: monitor
          .optional()
          .describe('What decides which checkpoint is kept as best: val_loss where there is validation, else train_loss.'),
        checkpoint_every_steps: z
          .int()
          .positive()
          .optional()
          .describe('Save after this many batches too, not only after epochs.'),
        checkpoint_every_seconds: z.number().positive().default(60).describe('Save at least this often.'),
        log_every_steps: z.int().positive().default(50).describe('How often the training loss is logged, in batches.'),
      })
      .prefault({})
      .describe('How long and with what care.'),
    expect: z
      .record(z.string(), bounds)
      .default({})
      .describe('Bounds on final metrics, such as test_accuracy: {min: 0.9}; the run fails when one is missed.'),
  })
  .describe('An experiment for nn: data, model, loss, optimizer and how to train.');

/** A checked experiment with every default filled in. */
export type Experiment = z.output<typeof experimentSchema>;
/** The keys that all losses and metrics share. */
interface ComparisonSpec {
  readonly type: string;
  readonly name?: string;
  readonly output?: string;
  readonly target?: string;
  readonly [option: string]: unknown;
}
export type MetricSpec = ComparisonSpec;
export type LossSpec = ComparisonSpec & { readonly weight: number };
