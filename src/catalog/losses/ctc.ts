import { z } from 'zod';
import { type Expression, axisIndex, call, constant, input } from '../../ops/expression.js';
import type { TensorId } from '../../ops/op.js';
import type { ProgramBuilder } from '../../program/builder.js';
import { ShapeError } from '../../shape.js';
import { logSoftmax } from '../activations/log-softmax.js';
import { type Comparison, ComparisonError, formatBatch } from '../comparison.js';
import { defineLoss } from '../loss.js';

/** The logarithm of what is impossible: its power is 0, and sums of it do not overflow. */
const never = -1e30;

/**
 * Connectionist temporal classification (Graves et al., 2006): `-log` of the probability that a sequence of steps, each a class or blank, reads
 * as the target once repetitions are joined and blanks left out. It needs no alignment, only a target that is not longer than the steps.
 * Prediction: logits `[batch, time, classes]`, the blank being one of the classes; target: classes `[batch, length]`, filled up with the
 * blank after its end. The loss of each record is divided by the length of its target, the mean is over the batch, and a record whose target does not fit into its steps
 * counts as 0: PyTorch's `ctc_loss` with `zero_infinity`. Steps that a mask takes for padding are passed over.
 *
 * The forward variables are computed in logarithms, step by step; the program grows with the number of steps.
 */
export const ctc = defineLoss({
  type: 'ctc',
  summary:
    'Connectionist temporal classification: logits [batch, time, classes] with shorter sequences of classes [batch, length].',
  options: z.object({
    blank: z.int().nonnegative().default(0).describe('The class that stands for no label, and fills up shorter targets.'),
  }),
  link: () => 'softmax',
  blank: ({ blank }) => blank,
  build(comparison, { blank }) {
    const { builder, mask } = comparison;
    const { batch, time, length } = sizesOf(comparison, blank);
    const states = 2 * length + 1;
    const target = comparison.target;
    // Between and around the labels a blank may stand: states 0, 2, ... are blanks, 1, 3, ... labels.
    const blanks = (columns: number): TensorId => builder.map(constant(blank), [], [batch, columns]);
    const pairs = [blanks(length), target].map((one) => builder.reshape(one, [batch, length, 1]));
    const labels = builder.concatenate([builder.reshape(builder.concatenate(pairs, 2), [batch, 2 * length]), blanks(1)], 1);
    const chances = ofStates(builder, logSoftmax.apply(builder, comparison.prediction, { type: 'log_softmax' }), labels);

    // A label may follow another one without a blank between them if they differ. From before the start its state is the second.
    const before = builder.concatenate([blanks(2), builder.slice(labels, 1, 0, states - 2)], 1);
    const differs = call('subtract', constant(1), call('equal', input(0), input(1)));
    const skips = builder.map(differs, [labels, before]);
    // The first column is the state before the start.
    let reached = builder.map(call('select', axisIndex(1), constant(never), constant(0)), [], [batch, states + 1]);
    const outside = builder.map(constant(never), [], [batch, 1]);
    for (let t = 0; t < time; t++) {
      const column = (start: number): TensorId => builder.slice(reached, 1, start, states);
      const skipped = builder.concatenate([outside, builder.slice(reached, 1, 0, states - 1)], 1);
      const ways = [column(1), column(0), builder.map(call('select', input(1), input(0), constant(never)), [skipped, skips])];
      const chance = builder.reshape(builder.slice(chances, 0, t, 1), [batch, states]);
      const next = builder.map(call('add', input(0), input(1)), [logSum(builder, ways), chance]);
      const stepped = builder.concatenate([outside, next], 1);
      const counts = mask && builder.slice(mask, 1, t, 1);
      reached =
        counts === undefined ? stepped : builder.map(call('select', input(0), input(1), input(2)), [counts, stepped, reached]);
    }
    return meanOfReadings(builder, reached, target, blank);
  },
});

/** The mean over records of the negative logarithm of ending in the last label or in the blank after it. */
function meanOfReadings(builder: ProgramBuilder, reached: TensorId, target: TensorId, blank: number): TensorId {
  const [batch, length] = builder.shapeOf(target) as [number, number];
  const isLabel = call('subtract', constant(1), call('equal', input(0), constant(blank)));
  const lengths = builder.reduce('sum', builder.map(isLabel, [target]), [1]);
  const end = call('multiply', constant(2), input(0));
  const last = [0, 1].map((back) => {
    // Column 0 is before the start, so that state s is column s + 1.
    const isThere = call('equal', axisIndex(1), call('subtract', call('add', end, constant(1)), constant(back)));
    // Without a label there is a blank alone, not the state before the start.
    const exists = back === 0 ? isThere : call('multiply', isThere, call('greater', input(0), constant(0)));
    const chosen = builder.map(call('select', exists, input(1), constant(0)), [lengths, reached], [batch, 2 * length + 2]);
    const value = builder.reduce('sum', chosen, [1]);
    if (back === 0) return value;
    return builder.map(call('select', call('greater', input(0), constant(0)), input(1), constant(never)), [lengths, value]);
  });
  const total = logSum(builder, last);
  const fits = call('greater', input(0), constant(never / 2));
  const perLabel = call('divide', call('negate', input(0)), call('maximum', input(1), constant(1)));
  return builder.mean(builder.map(call('select', fits, perLabel, constant(0)), [total, lengths]));
}

/** `log(sum(exp(...)))` of tensors of one shape, element by element. */
function logSum(builder: ProgramBuilder, tensors: readonly TensorId[]): TensorId {
  const each = tensors.map((_, i) => input(i));
  const largest = builder.stopGradient(
    builder.map(
      each.reduce((a, b) => call('maximum', a, b)),
      tensors,
    ),
  );
  const top = input(tensors.length);
  const powers = each.map((one): Expression => call('exponential', call('subtract', one, top)));
  const sum = powers.reduce((a, b) => call('add', a, b));
  return builder.map(call('add', top, call('logarithm', sum)), [...tensors, largest]);
}

/** Of log-probabilities `[batch, time, classes]` those of each state's class `[batch, states]`: `[time, batch, states]`. */
function ofStates(builder: ProgramBuilder, logProbabilities: TensorId, labels: TensorId): TensorId {
  const [batch, time, classes] = builder.shapeOf(logProbabilities) as [number, number, number];
  const table = builder.reshape(builder.transpose(logProbabilities, [0, 2, 1]), [batch * classes, time]);
  const row = call('add', call('multiply', axisIndex(0), constant(classes)), input(0));
  return builder.transpose(builder.gather(table, builder.map(row, [labels])), [2, 0, 1]);
}

function sizesOf({ builder, prediction, field }: Comparison, blank: number) {
  if (field.kind !== 'class' || field.shape.length !== 1) {
    throw new ComparisonError(
      'ctc compares with sequences of classes, and the target is not one',
      'name another field: target: ...',
    );
  }
  const shape = builder.shapeOf(prediction);
  const [length, { classes }] = [field.shape[0]!, field];
  if (shape.length !== 3 || shape[2] !== classes) {
    throw new ShapeError(
      `the model's output is ${formatBatch(shape)}, but ctc needs [batch, time, ${classes}], since the target has ${classes} classes`,
      `let the last layer give ${classes} values for each step: {type: dense, units: ${classes}}`,
    );
  }
  if (blank >= classes) {
    throw new ComparisonError(
      `the target has no class ${blank}: its classes are 0 to ${classes - 1}`,
      'name one of them',
      'blank',
    );
  }
  return { batch: shape[0]!, time: shape[1]!, length };
}
