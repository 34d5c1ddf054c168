/** Names of program inputs and outputs that the trainer uses. */
export const names = {
  input: 'input',
  target: 'target',
  loss: 'loss',
  metric: (type: string) => `metric/${type}`,
  scalar: (name: string) => `optimizer/${name}`,
  slot: (parameter: string, slot: string) => `${parameter}/${slot}`,
  gradient: (parameter: string) => `gradient/${parameter}`,
  layer: (layer: string) => `layer/${layer}`,
} as const;
