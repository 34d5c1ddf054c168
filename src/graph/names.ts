/** Names of program inputs and outputs that the trainer uses. */
export const names = {
  loss: 'loss',
  /** One of several losses. */
  lossPart: (name: string) => `loss/${name}`,
  /** How much the batch counts in the mean of a loss over an epoch, where that is not by its records. */
  lossWeight: (reported: string) => `loss_weight/${reported}`,
  /** The output of the model's last layer. */
  prediction: 'prediction',
  /** What the model tells, as its losses have it: see `Prediction`. */
  predicted: (name: string) => `predicted/${name}`,
  statistic: (metric: string, statistic: string) => `metric/${metric}/${statistic}`,
  /** @param settings of which parameters: see `TrainedParameter` */
  scalar: (name: string, settings = 0) => (settings === 0 ? `optimizer/${name}` : `optimizer/${settings}/${name}`),
  slot: (parameter: string, slot: string) => `${parameter}/${slot}`,
  /** The sum of gradients that wait for their update. */
  accumulated: (parameter: string) => `${parameter}/accumulated_gradient`,
  accumulatedSamples: 'accumulation/samples',
  average: (weight: string) => `${weight}/average`,
  averageWeight: 'average/weight',
  gradient: (parameter: string) => `gradient/${parameter}`,
  layer: (layer: string) => `layer/${layer}`,
} as const;
