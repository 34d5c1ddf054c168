import { isMixing, mixedTarget } from '../catalog/augmentation.js';
import { augmentations } from '../catalog/augmentations/index.js';
import type { Examples, Field } from '../catalog/dataset.js';
import type { Chosen } from '../catalog/registry.js';
import { transforms } from '../catalog/transforms/index.js';
import { BatchSource } from '../data/batches.js';
import type { BatchTransform } from '../data/byte-table.js';
import { type ClassSampling, sampledLength } from '../data/sampling.js';
import type { FieldChanges, RecordChange } from '../data/collector.js';
import type { BatchMixing } from '../data/mixing.js';
import { size } from '../shape.js';

/** An augmentation of a config, with the keys that all of them have. */
export type AugmentationSpec = Chosen & { readonly probability: number; readonly fields?: readonly string[] };

/** What happens to records on their way into batches. */
export interface Changes {
  /** The names of the inputs, which transforms change. */
  readonly inputs: readonly string[];
  readonly transforms: readonly Chosen[];
  /** For each transform nothing, or what it was fitted to for each input. */
  readonly fitted: readonly unknown[];
  readonly augment: readonly AugmentationSpec[];
  /** For each augmentation what it has read from files, by field. */
  readonly augmentFiles?: readonly Readonly<Record<string, unknown>>[];
}

/** All that the batches of a part are made of, in values that can be given to another thread. */
export interface BatchPlan extends Changes {
  readonly records: Examples;
  readonly fields: Readonly<Record<string, Field>>;
  readonly indices: Uint32Array;
  /** Draws the records of each epoch from them. */
  readonly sampling?: ClassSampling | undefined;
  readonly batchSize: number;
  readonly shuffleSeed?: number | undefined;
  readonly seed: number;
}

/** Records of an epoch. */
export const epochLength = ({ indices, sampling }: Pick<BatchPlan, 'indices' | 'sampling'>): number =>
  sampling === undefined ? indices.length : sampledLength(sampling);

/** Each record once, in order and without random changes. */
export const fixedPlan = (plan: BatchPlan): BatchPlan => ({
  ...plan,
  augment: [],
  sampling: undefined,
  shuffleSeed: undefined,
  batchSize: Math.min(plan.batchSize, plan.indices.length), // of an epoch of more records there may have been more
});

/** And as it is stored. */
export const storedPlan = (plan: BatchPlan): BatchPlan => ({ ...fixedPlan(plan), transforms: [], fitted: [] });

export function openPlan(plan: BatchPlan): BatchSource {
  const changes = Object.entries(plan.fields).map(([name, field]) => [name, changesOf(plan, name, field)] as const);
  const mixings = mixingsOf(plan);
  const mixing = mixings.length > 0 ? { mixings, targets: targetsOf(plan) } : undefined;
  return new BatchSource({ ...plan, changes: Object.fromEntries(changes), ...(mixing === undefined ? {} : { mixing }) });
}

/** The values of a record of each field, as it comes out of the plan. */
export function recordSizes({ fields, inputs, transforms: chosen, augment }: BatchPlan): ReadonlyMap<string, number> {
  const isMixed = augment.some(({ type }) => isMixing(augmentations.get(type)));
  return new Map(
    Object.entries(fields).map(([name, field]) => {
      if (isTransformed(inputs, name, field)) return [name, size(transformedShape(chosen, field.shape))];
      return [name, size((isMixed && !inputs.includes(name) ? mixedTarget(field) : field).shape)];
    }),
  );
}

/** How records are mixed once all else has been done to them. */
function mixingsOf({ augment, inputs, fields, transforms: chosen }: BatchPlan): BatchMixing[] {
  return augment.flatMap((options, i) => {
    const definition = augmentations.get(options.type);
    if (!isMixing(definition)) return [];
    const ways = augmentedFields(options, inputs, fields).map((name) => {
      const field = fields[name]!;
      return [name, definition.mix(options, { ...field, shape: transformedShape(chosen, field.shape) })] as const;
    });
    return { inputs: new Map(ways), probability: options.probability, purpose: `${i}` };
  });
}

/** All fields that are no inputs, with their classes where they are one of some. */
function targetsOf({ inputs, fields }: BatchPlan): ReadonlyMap<string, number | undefined> {
  const targets = Object.entries(fields).filter(([name]) => !inputs.includes(name));
  return new Map(targets.map(([name, field]) => [name, field.kind === 'class' ? field.classes : undefined]));
}

/** Whether transforms change a field. */
export const isTransformed = (inputs: readonly string[], name: string, { kind }: Field): boolean =>
  kind === 'number' && inputs.includes(name);

/** The fields that an augmentation changes. */
export function augmentedFields(
  { type, fields: named }: AugmentationSpec,
  inputs: readonly string[],
  fields: Readonly<Record<string, Field>>,
): readonly string[] {
  const [kind] = augmentations.get(type).changes;
  return named ?? inputs.filter((name) => fields[name]?.kind === kind);
}

/** The shape of a field after its transforms. */
export function transformedShape(chosen: readonly Chosen[], shape: readonly number[]): readonly number[] {
  return chosen.reduce((given, options) => transforms.get(options.type).outputShape?.(options, given) ?? given, shape);
}

function changesOf(
  { inputs, transforms: chosen, fitted, augment, augmentFiles, fields }: BatchPlan,
  name: string,
  field: Field,
): FieldChanges {
  const own = isTransformed(inputs, name, field) ? chosen : [];
  let { shape } = field;
  const made = own.map((options, i): BatchTransform => {
    const definition = transforms.get(options.type);
    const transform = definition.create(options, shape, (fitted[i] as Record<string, unknown> | null)?.[name], field);
    shape = definition.outputShape?.(options, shape) ?? shape;
    return transform;
  });
  const changes: { before: RecordChange[]; after: RecordChange[] } = { before: [], after: [] };
  augment.forEach((options, i) => {
    if (!augmentedFields(options, inputs, fields).includes(name)) return;
    const definition = augmentations.get(options.type);
    if (isMixing(definition)) return;
    const { afterTransforms } = definition;
    changes[afterTransforms ? 'after' : 'before'].push({
      change: definition.create(options, afterTransforms ? { ...field, shape } : field, augmentFiles?.[i]?.[name]),
      probability: options.probability,
      purpose: `${i}`,
    });
  });
  return { ...changes, transforms: made };
}
