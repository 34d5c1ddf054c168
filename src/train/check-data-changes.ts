import { isMixing } from '../catalog/augmentation.js';
import { augmentations } from '../catalog/augmentations/index.js';
import { type DatasetInfo, fieldsOf } from '../catalog/dataset.js';
import { transforms } from '../catalog/transforms/index.js';
import type { LoadedExperiment } from '../spec/load.js';
import { nearestName } from '../spec/nearest-name.js';
import { type AugmentationSpec, augmentedFields, isTransformed, transformedShape } from './batch-plan.js';
import { at } from './data-errors.js';

/** The inputs as the model reads them. */
export function transformedInputs(loaded: LoadedExperiment, { inputs }: DatasetInfo): DatasetInfo['inputs'] {
  const chosen = loaded.experiment.data.transforms;
  const names = Object.keys(inputs);
  const fields = Object.entries(inputs).map(([name, field]) => {
    if (!isTransformed(names, name, field)) return [name, field] as const;
    const shape = chosen.reduce((before, options, i) => {
      const definition = transforms.get(options.type);
      return at(loaded, ['data', 'transforms', i], () => {
        // What needs to be fitted cannot be made yet.
        if (definition.fit === undefined) definition.create(options, before, undefined, field);
        return definition.outputShape?.(options, before) ?? before;
      });
    }, field.shape);
    return [name, { ...field, shape }] as const;
  });
  return Object.fromEntries(fields);
}

/** Whether there is something to change for every augmentation, and whether it fits. */
export function checkAugmentations(loaded: LoadedExperiment, info: DatasetInfo): void {
  const { augment, transforms: chosen } = loaded.experiment.data;
  const [fields, inputs] = [fieldsOf(info), Object.keys(info.inputs)];
  (augment as unknown as readonly AugmentationSpec[]).forEach((options, i) => {
    const definition = augmentations.get(options.type);
    const { changes, afterTransforms } = definition;
    const path = ['data', 'augment', i];
    if (isMixing(definition)) checkMixing(loaded, path, options, info);
    const names = augmentedFields(options, inputs, fields);
    if (names.length === 0) {
      throw loaded.error(
        path,
        `${options.type} has nothing to change: the data set has no input of ${words[changes[0]]}`,
        'leave it out',
      );
    }
    for (const [place, name] of names.entries()) {
      const field = fields[name];
      const here = options.fields === undefined ? path : [...path, 'fields', place];
      if (field === undefined) {
        const meant = nearestName(name, Object.keys(fields));
        throw loaded.error(
          here,
          `the data set has no field "${name}"`,
          meant === undefined ? `it has ${Object.keys(fields).join(', ')}` : `did you mean "${meant}"?`,
        );
      }
      if (!changes.includes(field.kind)) {
        throw loaded.error(
          here,
          `${options.type} changes ${changes.map((kind) => words[kind]).join(' and ')}, but "${name}" has ${words[field.kind]}`,
        );
      }
      const shape = afterTransforms && isTransformed(inputs, name, field) ? transformedShape(chosen, field.shape) : field.shape;
      const read = { ...field, shape };
      at(loaded, path, () => (isMixing(definition) ? definition.mix(options, read) : definition.create(options, read)));
    }
  });
}

/** Whether a mixture of two records is a record: only numbers can be mixed, and classes of targets as probabilities. */
function checkMixing(
  loaded: LoadedExperiment,
  path: readonly (string | number)[],
  { type, fields: named = [] }: AugmentationSpec,
  { inputs, targets }: DatasetInfo,
): void {
  for (const [place, name] of named.entries()) {
    if (targets[name] === undefined || inputs[name] !== undefined) continue;
    throw loaded.error(
      [...path, 'fields', place],
      `"${name}" is a target, and targets are mixed as the inputs are`,
      `name inputs only: ${Object.keys(inputs).join(', ')}`,
    );
  }
  for (const [name, { kind }] of Object.entries(inputs)) {
    if (kind === 'number') continue;
    throw loaded.error(
      [...path],
      `${type} mixes all of a record, but "${name}" has classes, which cannot be mixed`,
      'leave it out',
    );
  }
  for (const [name, { kind, shape }] of Object.entries(targets)) {
    if (kind === 'number' || shape.length === 0) continue;
    throw loaded.error(
      [...path],
      `${type} mixes targets that are numbers or one class, but "${name}" has classes [${shape.join(', ')}]`,
      'leave it out',
    );
  }
}

const words = { number: 'numbers', class: 'classes' } as const;
