import { type AugmentationDefinition, isMixing, mixedTarget } from '../catalog/augmentation.js';
import { augmentations } from '../catalog/augmentations/index.js';
import type { DatasetInfo, Field } from '../catalog/dataset.js';
import type { Experiment } from '../spec/experiment.js';

/** The augmentation that mixes training records, if there is one. */
export function mixingOf({ data }: Experiment): AugmentationDefinition | undefined {
  return data.augment.map(({ type }) => augmentations.get(type)).find(isMixing);
}

/** What targets are in training batches whose records are mixed; none where they are what they are in evaluation. */
export function mixedTargets({ experiment, info }: { experiment: Experiment; info: DatasetInfo }): Record<string, Field> {
  if (mixingOf(experiment) === undefined) return {};
  const targets = Object.entries(info.targets).filter(([name]) => info.inputs[name] === undefined);
  return Object.fromEntries(targets.map(([name, field]) => [name, mixedTarget(field)]));
}
