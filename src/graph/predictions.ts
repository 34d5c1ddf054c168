import { sigmoid } from '../catalog/activations/sigmoid.js';
import { softmax } from '../catalog/activations/softmax.js';
import { isOneLogit } from '../catalog/binary.js';
import type { DatasetInfo, Field } from '../catalog/dataset.js';
import type { Link } from '../catalog/loss.js';
import { losses } from '../catalog/losses/index.js';
import { axisIndex, call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import { ProgramBuilder } from '../program/builder.js';
import type { Shape } from '../shape.js';
import type { Experiment, LossSpec } from '../spec/experiment.js';
import { lossesOf } from '../spec/result-names.js';
import type { LayerGraph } from './graph.js';
import { fieldOf } from './measures.js';
import { type BuiltModel, buildModel } from './model.js';
import { names } from './names.js';

/** Something that a model tells of each record. */
export interface Prediction {
  /** That of the target or, where several outputs are compared with one, of the output. */
  readonly name: string;
  /** What the output was compared with: a target or, where a record is to come back, an input. */
  readonly target: string;
  /** Its field. */
  readonly field: Field;
  /**
   * classes: a number for each class of the last axis, of which the largest is predicted; one: a single number for each of two classes or
   * labels, which are predicted above `threshold`; numbers: the field's own.
   */
  readonly kind: 'classes' | 'one' | 'numbers';
  /** Whether the numbers of classes are probabilities. */
  readonly isProbability: boolean;
  /** Of a sequence of steps that each tell a class: the one that stands for none. Repetitions are joined before it is left out. */
  readonly blank?: number;
  /** Of a record's numbers. */
  readonly shape: Shape;
}

/** What of a model says what it predicts. */
interface Predicting {
  readonly experiment: Experiment;
  readonly info: DatasetInfo;
  readonly graph: LayerGraph;
}

/** A single probability or score above this stands for the second class. */
export const thresholdOf = ({ isProbability }: Prediction): number => (isProbability ? 0.5 : 0);

/** What a model tells of a record: of each output that a loss compares. */
export function predictionsOf(model: Predicting): Prediction[] {
  const builder = new ProgramBuilder();
  const field = (name: string): TensorId => builder.input(name, [1, ...model.info.inputs[name]!.shape]);
  return comparedOutputs(model, builder, buildModel(builder, model.graph, field, false)).map(({ prediction }) => prediction);
}

/** Appends what `predictionsOf` lists, each an output of the program. */
export function appendPredictions(builder: ProgramBuilder, model: Predicting, built: BuiltModel): void {
  for (const { prediction, output, link, mask } of comparedOutputs(model, builder, built)) {
    const told = linked(builder, output, link);
    const read = prediction.blank !== undefined && mask !== undefined ? blanked(builder, told, mask, prediction.blank) : told;
    builder.output(names.predicted(prediction.name), read);
  }
}

interface ComparedOutput {
  readonly prediction: Prediction;
  readonly output: TensorId;
  readonly link: Exclude<Link, 'logits'>;
  /** `[batch, time]`, 0 where a step is padding. */
  readonly mask: TensorId | undefined;
}

/** Of several losses of one output and target the first says what the output stands for. */
function comparedOutputs({ experiment, info, graph }: Predicting, builder: ProgramBuilder, built: BuiltModel): ComparedOutput[] {
  const pairs = new Map<string, { layer: string; target: string; loss: LossSpec }>();
  for (const loss of lossesOf(experiment)) {
    const layer = loss.output ?? graph.output;
    const target = loss.target ?? Object.keys(info.targets)[0]!;
    const key = JSON.stringify([layer, target]);
    if (!pairs.has(key)) pairs.set(key, { layer, target, loss });
  }
  const all = [...pairs.values()];
  return all.map(({ layer, target, loss }) => {
    const field = fieldOf(info, { ...loss, target });
    const output = built.layerOutputs.get(layer)!;
    const [, ...shape] = builder.shapeOf(output);
    const single = isOneLogit(field, shape);
    const chosen = losses.get(loss.type).link?.(loss as never) ?? 'none';
    const link = chosen === 'logits' ? (single ? 'sigmoid' : 'softmax') : chosen;
    const tellsClasses = link === 'softmax' || (link === 'scores' && !single);
    const kind = tellsClasses ? 'classes' : link === 'sigmoid' || link === 'scores' ? 'one' : 'numbers';
    const blank = losses.get(loss.type).blank?.(loss as never);
    const isAlone = all.filter((one) => one.target === target).length === 1;
    return {
      prediction: {
        name: isAlone ? target : layer,
        target,
        field,
        kind,
        isProbability: link === 'softmax' || link === 'sigmoid',
        ...(blank === undefined ? {} : { blank }),
        shape,
      },
      output,
      link,
      mask: built.masks.get(layer),
    };
  });
}

function linked(builder: ProgramBuilder, output: TensorId, link: ComparedOutput['link']): TensorId {
  if (link === 'softmax') return softmax.apply(builder, output, { type: 'softmax' });
  if (link === 'sigmoid') return sigmoid.apply(builder, output, { type: 'sigmoid' });
  if (link === 'exponential') return builder.map(call('exponential', input(0)), [output]);
  return output;
}

/** Padded steps tell the blank for certain: the loss passes over them. */
function blanked(builder: ProgramBuilder, probabilities: TensorId, mask: TensorId, blank: number): TensorId {
  const [batch, time] = builder.shapeOf(mask) as [number, number];
  const certain = call('equal', axisIndex(2), constant(blank));
  return builder.map(call('select', input(1), input(0), certain), [probabilities, builder.reshape(mask, [batch, time, 1])]);
}
