/** Names of program inputs and outputs that the trainer uses. */
export const names = {
  loss: 'loss',
  /** One of several losses. */
  lossPart: (name: string) => `loss/${name}`,
  statistic: (metric: string, statistic: string) => `metric/${metric}/${statistic}`,
  scalar: (name: string) => `optimizer/${name}`,
  slot: (parameter: string, slot: string) => `${parameter}/${slot}`,
  gradient: (parameter: string) => `gradient/${parameter}`,
  layer: (layer: string) => `layer/${layer}`,
} as const;
