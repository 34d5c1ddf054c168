import { type Shape, size } from '../../../shape.js';
import { renderFormula } from './formula.js';
import type { KernelGenerator } from './kernel.js';
import { KernelText } from './kernel-text.js';

export const map: KernelGenerator<'map'> = ({ attributes: { expression }, inputs, scalars, output }) => {
  const text = new KernelText();
  const name = (index: number): string => (scalars.has(index) ? `s${index}` : `a${index}`);
  const result = renderFormula(text, expression, {
    operand: (index) =>
      text.bind(scalars.has(index) ? name(index) : `${name(index)}[${broadcastIndex(text, inputs[index]!, output)}]`),
    axisIndex: (axis) => along(text, output, axis, axis + 1),
    elementIndex: () => text.element(),
  });
  return [
    {
      source: text.finish(
        inputs.map((_, index) => name(index)),
        text.bind(result),
      ),
      length: size(output),
      operands: inputs.map((_, input) => ({ input })),
    },
  ];
};

/** The position along axes `from … to - 1` of this thread's result, taken together as one axis. */
function along(text: KernelText, shape: Shape, from: number, to: number): string {
  const total = size(shape);
  const inner = size(shape.slice(to));
  const outer = text.quotient(text.element(), inner, total);
  return text.remainder(outer, size(shape.slice(from, to)), total / inner);
}

/** Where an operand of `shape`, broadcast to `target`, is read: one term for each run of axes that it has itself. */
function broadcastIndex(text: KernelText, shape: Shape, target: Shape): string {
  const missing = target.length - shape.length;
  const terms: string[] = [];
  let stride = 1;
  for (let end = target.length; end > 0;) {
    const repeated = (axis: number): boolean => axis < missing || shape[axis - missing] !== target[axis];
    if (repeated(end - 1)) {
      end--;
      continue;
    }
    let start = end - 1;
    while (start > 0 && !repeated(start - 1)) start--;
    const position = along(text, target, start, end);
    if (position !== '0') terms.push(stride === 1 ? position : `${position} * ${stride}`);
    stride *= size(target.slice(start, end));
    end = start;
  }
  return terms.length === 0 ? '0' : terms.join(' + ');
}
