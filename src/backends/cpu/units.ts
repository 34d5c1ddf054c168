import type { OpKind, TensorId } from '../../ops/op.js';
import type { Program } from '../../program/program.js';

/** Ops whose kernels work image by image: the units of their output are its first axis. */
const byImage: ReadonlySet<OpKind> = new Set<OpKind>([
  'conv2d',
  'conv2d_input_gradient',
  'max_pool2d',
  'max_pool2d_gradient',
  'average_pool2d',
  'average_pool2d_gradient',
]);

/**
 * In how many units each tensor is worked on. Tensors that are reshapes of one another are one buffer and have the same units: the
 * shortest first axis among them that is longer than 1, which usually is the batch. So `[batch * time, features]` is still cut by
 * records, and what is done to it can share a stage with what is done to `[batch, time, features]`.
 */
export function unitsOfTensors({ shapes, ops }: Program): number[] {
  const parent = shapes.map((_, id) => id);
  const root = (id: TensorId): TensorId => {
    while (parent[id] !== id) id = parent[id] = parent[parent[id]!]!;
    return id;
  };
  for (const { attributes, inputs, output } of ops) {
    if (attributes.kind === 'reshape') parent[root(output)] = root(inputs[0]!);
  }
  const shortest = new Map<TensorId, number>();
  shapes.forEach(([first = 1], id) => {
    const found = shortest.get(root(id)) ?? 1;
    if (first > 1 && (found === 1 || first < found)) shortest.set(root(id), first);
  });
  for (const { attributes, output } of ops) {
    if (byImage.has(attributes.kind)) shortest.set(root(output), shapes[output]![0]!);
  }
  return shapes.map((_, id) => shortest.get(root(id)) ?? 1);
}
