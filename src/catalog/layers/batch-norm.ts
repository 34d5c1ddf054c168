import { z } from 'zod';
import { type Expression, call, constant, input } from '../../ops/expression.js';
import type { TensorId } from '../../ops/op.js';
import type { ProgramBuilder } from '../../program/builder.js';
import { type Shape, ShapeError, formatShape, size } from '../../shape.js';
import { defineLayer } from '../layer.js';
import { affine, centering, epsilon, scaling } from '../normalization.js';

/**
 * `(x - mean) / sqrt(variance + epsilon) * gamma + beta` for each channel (Ioffe and Szegedy, 2015): `[batch, ..., channels]` stays.
 * In training mean and variance are those of the batch, over all axes but the last, and the running ones follow them:
 * `running = (1 - momentum) * running + momentum * batch`, as in PyTorch (Keras calls `1 - momentum` so). In evaluation they are the
 * running ones; so they are with `trainable: false` (as in Keras), and stay as they are. As in PyTorch, the batch is normalised by its
 * biased variance, and the running variance is the unbiased one. Steps that a mask takes for padding are brought to the same mean and
 * variance, and count for neither.
 * Parameters: gamma and beta `[channels]`; statistics: running_mean and running_variance `[channels]`.
 */
export const batchNorm = defineLayer({
  type: 'batch_norm',
  summary: 'Brings each channel to mean 0 and variance 1 over the batch, then to a learnt scale and shift.',
  options: z.object({
    momentum: z
      .number()
      .positive()
      .max(1)
      .default(0.1)
      .describe("How far the running mean and variance follow each batch's: 0.1 is what Keras calls 0.9."),
    epsilon: epsilon(1e-5),
    ...scaling,
    ...centering,
  }),
  masking: 'keep',
  build(context, [x], { momentum, epsilon, ...options }) {
    const { builder, masks, training, trainable, statistic, updateStatistic } = context;
    const shape = builder.shapeOf(x!);
    if (shape.length < 2) throw new ShapeError(`batch_norm needs [batch, ..., channels], not ${formatShape(shape)}`);
    const channels = shape.at(-1)!;
    const { gamma, beta } = affine(context, channels, options);
    const running = {
      mean: statistic('running_mean', [channels], 0),
      variance: statistic('running_variance', [channels], 1),
    };
    if (!training || !trainable) {
      const factor = factorOf(builder, running.variance, epsilon, gamma);
      return shiftAndScale(builder, x!, running.mean, factor, beta);
    }
    const places = size(shape) / channels;
    if (places === 1) {
      throw new ShapeError(
        'in a batch of 1 record each channel has one value, and batch_norm learns from how they differ',
        'take a batch_size that leaves more than 1 record for the last batch of an epoch',
      );
    }
    const counted = masks[0] === undefined ? undefined : countedPlaces(builder, masks[0], shape);
    const { mean, variance } = moments(builder, x!, places, counted);
    const follow = (tensor: TensorId, value: TensorId, share: Expression, more: readonly TensorId[] = []): TensorId => {
      const kept = call('multiply', input(0), constant(1 - momentum));
      return builder.map(call('add', kept, call('multiply', input(1), share)), [tensor, value, ...more]);
    };
    updateStatistic('running_mean', follow(running.mean, mean, constant(momentum)));
    const ofVariance =
      counted === undefined
        ? follow(running.variance, variance, constant((momentum * places) / (places - 1)))
        : follow(running.variance, variance, call('multiply', constant(momentum), unbiased(input(2))), [counted.count]);
    updateStatistic('running_variance', ofVariance);
    const factor = factorOf(builder, variance, epsilon, gamma);
    // What the mean's gradient takes is a multiple of what beta's takes, the sum of the incoming gradient. It is led through the shift, by
    // a term that is 0, so that the elements are not summed again for it.
    const still = builder.stopGradient(mean);
    const share = call('multiply', call('subtract', input(0), input(1)), input(2));
    const operands = [mean, still, builder.stopGradient(factor)];
    const shift =
      beta === undefined
        ? builder.map(call('negate', share), operands)
        : builder.map(call('subtract', input(3), share), [...operands, beta]);
    return shiftAndScale(builder, x!, still, factor, shift);
  },
});

/** The places of a batch that count, where some are padding. */
interface Counted {
  /** 1 where a place counts, 0 where it does not, of a shape that broadcasts to the input. */
  readonly mask: TensorId;
  /** How many do, at least 1: a tensor `[1]`. */
  readonly count: TensorId;
}

function countedPlaces(builder: ProgramBuilder, mask: TensorId, shape: Shape): Counted {
  const steps = builder.shapeOf(mask);
  const inner = size(shape.slice(steps.length, -1));
  const atLeastOne = call('maximum', call('multiply', input(0), constant(inner)), constant(1));
  return {
    mask: builder.reshape(mask, [...steps, ...shape.slice(steps.length).map(() => 1)]),
    count: builder.map(atLeastOne, [builder.reshape(builder.total(mask), [1])]),
  };
}

/** `count / (count - 1)`, and 1 for a count of 1, of which there is no unbiased variance. */
const unbiased = (count: Expression): Expression =>
  call('divide', count, call('maximum', call('subtract', count, constant(1)), constant(1)));

/** Mean and biased variance `[channels]` of `places` values each, or of those that are counted. */
function moments(
  builder: ProgramBuilder,
  x: TensorId,
  places: number,
  counted: Counted | undefined,
): { mean: TensorId; variance: TensorId } {
  const shape = builder.shapeOf(x);
  const axes = shape.slice(0, -1).map((_, axis) => axis);
  const meanOf = (tensor: TensorId): TensorId => {
    // A product with 0 would be no number where padding holds none.
    const terms =
      counted === undefined ? tensor : builder.map(call('select', input(1), input(0), constant(0)), [tensor, counted.mask]);
    const sum = builder.reshape(builder.reduce('sum', terms, axes), [shape.at(-1)!]);
    return counted === undefined
      ? builder.map(call('multiply', input(0), constant(1 / places)), [sum])
      : builder.map(call('divide', input(0), input(1)), [sum, counted.count]);
  };
  const mean = meanOf(x);
  // The mean's own share of the variance's gradient is the sum of all differences from it, which is 0.
  const difference = call('subtract', input(0), input(1));
  const squares = builder.map(call('multiply', difference, difference), [x, builder.stopGradient(mean)]);
  return { mean, variance: meanOf(squares) };
}

function factorOf(builder: ProgramBuilder, variance: TensorId, epsilon: number, gamma: TensorId | undefined): TensorId {
  const deviation = call('square_root', call('add', input(0), constant(epsilon)));
  return gamma === undefined
    ? builder.map(call('divide', constant(1), deviation), [variance])
    : builder.map(call('divide', input(1), deviation), [variance, gamma]);
}

/** `(x - mean) * factor + shift` */
function shiftAndScale(
  builder: ProgramBuilder,
  x: TensorId,
  mean: TensorId,
  factor: TensorId,
  shift: TensorId | undefined,
): TensorId {
  const scaled = call('multiply', call('subtract', input(0), input(1)), input(2));
  return shift === undefined
    ? builder.map(scaled, [x, mean, factor])
    : builder.map(call('add', scaled, input(3)), [x, mean, factor, shift]);
}
