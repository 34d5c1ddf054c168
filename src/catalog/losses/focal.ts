import { z } from 'zod';
import { type Expression, call, constant, input } from '../../ops/expression.js';
import type { TensorId } from '../../ops/op.js';
import { logSoftmax } from '../activations/log-softmax.js';
import { binaryPair, isBinary, softplusPair } from '../binary.js';
import { classTable, ofClass, oneHot, rowsOfClasses } from '../classes.js';
import { type Comparison, ComparisonError, meanOf } from '../comparison.js';
import { defineLoss } from '../loss.js';

const options = z.object({
  gamma: z.number().nonnegative().default(2).describe('How much less easy examples count; with 0 it is cross-entropy.'),
  alpha: z
    .union([z.number().min(0).max(1), z.array(z.number().nonnegative()).min(2)])
    .optional()
    .describe(
      'How much each class counts, one number for each. For one logit a single number is that of class 1, and class 0 has what it lacks to 1. By default all count alike.',
    ),
});

type Options = z.output<typeof options>;

/**
 * `-alpha (1 - p)^gamma log p` of the probability p that the model gives to the target (Lin et al., 2017), the mean over what counts.
 * Logits of several classes `[batch, ..., classes]` with classes `[batch, ...]` (softmax), or one logit for each target as for
 * binary_cross_entropy (sigmoid), as torchvision's sigmoid_focal_loss has it. A binary target between 0 and 1 counts in parts as 1 and as 0.
 */
export const focal = defineLoss({
  type: 'focal',
  classWeights: 'alpha',
  summary: 'Cross-entropy in which what is classified well already counts little, of several classes or of one logit.',
  options,
  link: () => 'logits',
  build: (comparison, options) => (isBinary(comparison) ? binaryFocal(comparison, options) : classFocal(comparison, options)),
});

function binaryFocal(comparison: Comparison, { gamma, alpha }: Options): TensorId {
  const { builder } = comparison;
  const { logits, target } = binaryPair(comparison, 'focal');
  const { ofLogit, ofNegative } = softplusPair(builder, logits);
  const [zeros, ones] = Array.isArray(alpha) ? alpha : alpha === undefined ? [1, 1] : [1 - alpha, alpha];
  if (Array.isArray(alpha) && alpha.length !== 2) {
    throw new ComparisonError(`${alpha.length} numbers for 2 classes`, 'list two, that of 0 first', 'alpha');
  }
  // (1 - p)^gamma of the side whose -log p is input `own`: -log(1 - p) is that of the other side.
  const term = (weight: number, own: number, other: number): Expression =>
    call('multiply', call('multiply', constant(weight), input(own)), power(call('negate', input(other)), gamma));
  const one = call('multiply', input(2), term(ones!, 0, 1));
  const zero = call('multiply', call('subtract', constant(1), input(2)), term(zeros!, 1, 0));
  return meanOf(comparison, builder.map(call('add', one, zero), [ofNegative, ofLogit, target]));
}

function classFocal(comparison: Comparison, { gamma, alpha }: Options): TensorId {
  const { builder } = comparison;
  const { logits, target, rows, classes, shape } = rowsOfClasses(comparison, 'focal');
  if (typeof alpha === 'number') {
    throw new ComparisonError(
      'one number says how two classes count, with one logit',
      `list ${classes}, one for each class`,
      'alpha',
    );
  }
  const logProbabilities = logSoftmax.apply(builder, logits, { type: 'log_softmax' });
  const own = ofClass(builder, logProbabilities, target);
  // 1 - p as the sum of the other probabilities, which keeps its digits where p is near 1.
  const others = call('select', oneHot(1), constant(0), call('exponential', input(0)));
  const rest = builder.reduce('sum', builder.map(others, [logProbabilities, target]), [1]);
  const table = alpha && classTable(builder, alpha, classes, 'alpha');
  const weight = table && builder.gather(builder.reshape(table, [classes, 1]), builder.reshape(target, [rows]));
  const logRest = call('logarithm', call('maximum', input(1), constant(least)));
  const factors = [call('negate', input(0)), power(logRest, gamma), ...(weight === undefined ? [] : [input(2)])];
  const terms = builder.map(
    factors.reduce((a, b) => call('multiply', a, b)),
    [own, rest, ...(weight === undefined ? [] : [weight])],
  );
  return meanOf(comparison, builder.reshape(terms, shape));
}

/** The logarithm is taken of nothing less. */
const least = 1e-30;

/** `exp(log)^gamma` */
const power = (log: Expression, gamma: number): Expression =>
  gamma === 0 ? constant(1) : call('exponential', call('multiply', constant(gamma), log));
