import type { Chosen } from '../catalog/registry.js';
import { type Constraint, type Regularizer, weightOptionKeys, weightOptions } from '../catalog/weight-options.js';
import type { Shape } from '../shape.js';
import { normAxes } from './constraint.js';
import type { GraphNode } from './graph.js';
import { GraphError } from './graph-error.js';

/** Finds the regularizers and constraints of a layer's parameters, and those that belong to none. */
export class LayerWeights {
  private readonly node: GraphNode;
  private readonly used = new Set<string>();

  constructor(node: GraphNode) {
    this.node = node;
  }

  /** What the config says of a parameter with this initializer. Throws `GraphError` where an axis is one that it has not. */
  optionsOf(
    initializer: Chosen | readonly Chosen[],
    shape: Shape,
  ): { readonly regularizer?: Regularizer; readonly constraint?: Constraint } {
    const { keys, ...options } = weightOptions(this.node.options, initializer);
    for (const key of keys) this.used.add(key);
    const { constraint } = options;
    const outside = constraint && normAxes(constraint, shape.length).find((axis) => axis >= shape.length);
    if (outside !== undefined) {
      const message = `there is no axis ${outside}: the parameter has ${shape.length}, from 0`;
      throw new GraphError([{ path: [...this.node.path, keys[1]!, 'axis'], message }]);
    }
    return options;
  }

  /** Throws `GraphError` where an option says something of a parameter that the layer has not, or has from another. */
  check(): void {
    const { node } = this;
    const said = weightOptionKeys(node.options);
    if (node.weightsOf !== undefined) {
      // A copy that a container made has the options of the layer that it shares its weights with.
      if (node.options.share_weights_with === undefined || said.length === 0) return;
      const { layer } = node.weightsOf;
      const message = `layer "${node.name}" has its weights from "${layer}"`;
      throw new GraphError([{ path: [...node.path, said[0]!], message, hint: `say so of "${layer}"` }]);
    }
    const idle = said.find((key) => !this.used.has(key));
    if (idle === undefined) return;
    const path = [...node.path, idle];
    const weights = idle.replace(/_[a-z]+$/, '');
    throw new GraphError([
      { path, message: `layer "${node.name}" has no ${weights} as it is configured`, hint: 'remove the key' },
    ]);
  }
}
