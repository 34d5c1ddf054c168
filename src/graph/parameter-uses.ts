import { type Shape, formatShape, sameShape } from '../shape.js';
import type { GraphNode, LayerGraph } from './graph.js';
import { GraphError } from './graph-error.js';

interface Use {
  readonly node: GraphNode;
  readonly name: string;
  readonly shape: Shape;
}

/** Who uses which parameter: layers that share weights must want the same shapes. */
export class ParameterUses {
  /** By full name, the first use, and that of the layer whose parameter it is where there is one. */
  private readonly first = new Map<string, Use>();
  private readonly owned = new Set<string>();
  private readonly sharers = new Set<GraphNode>();

  /** Notes that a layer uses a parameter, and gives its full name `<layer>/<name>`. Throws `GraphError` for another shape. */
  add(node: GraphNode, name: string, shape: Shape): string {
    const full = `${node.weightsOf?.layer ?? node.name}/${name}`;
    const other = this.first.get(full);
    if (other !== undefined && !sameShape(other.shape, shape)) throw unequal(name, { node, name, shape }, other);
    if (other === undefined) this.first.set(full, { node, name, shape });
    if (node.weightsOf === undefined) this.owned.add(full);
    else this.sharers.add(node);
    return full;
  }

  /** Throws `GraphError` where a layer uses a parameter that the layer it shares with has not, or has none to share. */
  check(graph: LayerGraph): void {
    for (const [full, { node, name }] of this.first) {
      if (this.owned.has(full)) continue;
      const { layer, path } = node.weightsOf!;
      const hint = 'give both the same options';
      throw new GraphError([{ path, message: `layer "${node.name}" has a ${name}, and "${layer}" has none to share`, hint }]);
    }
    for (const node of graph.nodes) {
      const said = node.options.share_weights_with !== undefined && node.weightsOf !== undefined;
      if (!said || this.sharers.has(node)) continue;
      const message = `layer "${node.name}" (${node.definition.type}) has no weights to share`;
      throw new GraphError([{ path: node.weightsOf.path, message, hint: 'remove the key' }]);
    }
  }
}

function unequal(name: string, a: Use, b: Use): GraphError {
  const [sharer, owner] = a.node.weightsOf === undefined ? [b, a] : [a, b];
  const { layer, path } = sharer.node.weightsOf!;
  const message =
    `layer "${sharer.node.name}" cannot use the weights of "${layer}": its ${name} would be ${formatShape(sharer.shape)}, ` +
    `and that of "${owner.node.name}" is ${formatShape(owner.shape)}`;
  return new GraphError([
    { path, message, hint: 'layers that share weights need the same options, and inputs of the same width' },
  ]);
}
