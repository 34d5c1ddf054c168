import type { Comparison } from '../../src/catalog/comparison.js';
import { losses } from '../../src/catalog/losses/index.js';
import { metrics } from '../../src/catalog/metrics/index.js';
import type { Field } from '../../src/data/field.js';
import type { TensorId } from '../../src/ops/op.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { appendGradients } from '../../src/program/gradient.js';
import { optimize } from '../../src/program/optimize.js';
import type { Program } from '../../src/program/program.js';
import type { Shape } from '../../src/shape.js';
import type { MetricSpec } from '../../src/spec/experiment.js';

/** What a loss or a metric is to compare: the shapes of a batch. */
export interface Compared {
  readonly prediction: { readonly shape: Shape };
  readonly field: Field;
  readonly mask?: { readonly shape: Shape };
}

/** A comparison of the inputs `prediction`, `target` and, where there is one, `mask` of a new program. */
export function comparisonOf({ prediction, field, mask }: Compared): Comparison {
  const builder = new ProgramBuilder();
  const batch = prediction.shape[0]!;
  return {
    builder,
    prediction: builder.input('prediction', prediction.shape),
    target: builder.input('target', [batch, ...field.shape]),
    field,
    mask: mask && builder.input('mask', mask.shape),
  };
}

/** A loss as a program: outputs `loss` and, if asked for, its `gradient` with respect to the prediction. */
export function lossProgram(
  options: { type: string } & Record<string, unknown>,
  compared: Compared,
  { gradient }: { gradient: boolean },
): { program: Program; shape: Shape } {
  const comparison = comparisonOf(compared);
  const { builder, prediction } = comparison;
  const definition = losses.get(options.type);
  const loss: TensorId = definition.build(comparison, definition.options.parse(options));
  builder.output('loss', loss);
  if (gradient) builder.output('gradient', appendGradients(builder, loss, [prediction])[0]!);
  return { program: optimize(builder.finish()), shape: builder.shapeOf(loss) };
}

/** A metric with its defaults, as an experiment has it. */
export function metricSpec(options: { type: string } & Record<string, unknown>): MetricSpec {
  return { ...metrics.get(options.type).options.parse(options), type: options.type };
}

/** A metric as a program: outputs are its statistics, each as `type/statistic`. */
export function metricProgram(spec: MetricSpec, compared: Compared): Program {
  const comparison = comparisonOf(compared);
  for (const [name, tensor] of Object.entries(metrics.get(spec.type).build(comparison, spec)))
    comparison.builder.output(`${spec.type}/${name}`, tensor);
  return optimize(comparison.builder.finish());
}
