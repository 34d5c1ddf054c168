import { optimizers } from '../catalog/optimizers/index.js';
import type { Shape } from '../shape.js';
import { averagedWeights } from './averages.js';
import { names } from './names.js';
import type { Model } from './programs.js';
import type { TrainedParameter } from './trained-parameters.js';

/** A tensor that a training session keeps beside the weights. */
export interface StateTensor {
  readonly name: string;
  readonly shape: Shape;
  /** What every element is at first, or the weight whose values it takes. */
  readonly initial: number | { readonly weight: string };
}

/** The optimizer's slots of all parameters that are trained. */
export function slotTensors(trained: readonly TrainedParameter[]): (StateTensor & { readonly initial: number })[] {
  return trained.flatMap(({ name, shape, options }) =>
    optimizers
      .get(options.type)
      .slots(options, shape)
      .map(({ initial = 0, ...slot }) => ({ name: names.slot(name, slot.name), shape: slot.shape, initial })),
  );
}

/** Everything that training keeps beside the weights: slots, gradients that wait for their update, and averages. */
export function trainingState(model: Model): StateTensor[] {
  const accumulates = model.experiment.train.accumulate_steps > 1;
  return [
    ...slotTensors(model.trained),
    ...(accumulates ? model.trained : []).map(({ name, shape }) => ({ name: names.accumulated(name), shape, initial: 0 })),
    ...averagedWeights(model).map(({ name, shape }) => ({ name: names.average(name), shape, initial: { weight: name } })),
  ];
}
