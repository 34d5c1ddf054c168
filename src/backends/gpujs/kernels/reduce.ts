import { size } from '../../../shape.js';
import type { KernelGenerator, Stage, StageOperand } from './kernel.js';
import { KernelText } from './kernel-text.js';
import { extreme } from './primitives.js';

type Reduction = 'sum' | 'maximum';

/** From this length on a reduction is done in two stages: threads enough for a device, and a rounding error that grows with the root. */
const longReduction = 128;

/** One run of neighbouring axes that is reduced: `[outer, length, inner] -> [outer, inner]`. */
interface Run {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** Reduces one run of axes after the other, the last one first. */
export const reduce: KernelGenerator<'reduce'> = ({ attributes: { reduction, axes }, inputs: [x] }) => {
  const stages: Stage[] = [];
  const shape = [...x!];
  for (let end = shape.length; end > 0;) {
    if (!axes.includes(end - 1)) {
      end--;
      continue;
    }
    let start = end - 1;
    while (start > 0 && axes.includes(start - 1)) start--;
    const run = { outer: size(shape.slice(0, start)), length: size(shape.slice(start, end)), inner: size(shape.slice(end)) };
    const operand = stages.length === 0 ? { input: 0 } : { stage: stages.length - 1 };
    if (run.length > 1) stages.push(...reduceRun(reduction, run, operand, stages.length));
    shape.fill(1, start, end);
    end = start;
  }
  return stages;
};

/** The stages that reduce one run. `stageIndex` is that of the first of them within its op. */
export function reduceRun(reduction: Reduction, run: Run, operand: StageOperand, stageIndex: number): Stage[] {
  const { outer, length, inner } = run;
  if (length <= longReduction) return [reduceChunks(reduction, run, length, operand)];
  const perChunk = Math.ceil(Math.sqrt(length));
  const chunks = Math.ceil(length / perChunk);
  return [
    reduceChunks(reduction, run, perChunk, operand),
    ...reduceRun(reduction, { outer, length: chunks, inner }, { stage: stageIndex }, stageIndex + 1),
  ];
}

/** `[outer, length, inner] -> [outer, ceil(length / perChunk), inner]`. */
function reduceChunks(reduction: Reduction, run: Run, perChunk: number, operand: StageOperand): Stage {
  const { outer, length, inner } = run;
  const chunks = Math.ceil(length / perChunk);
  const text = new KernelText();
  const [o, chunk, i] = text.positions(text.element(), [outer, chunks, inner]) as [string, string, string];
  const first = text.bind(`${chunk} * ${perChunk}`);
  const start = text.bind(`(${o} * ${length} + ${first}) * ${inner} + ${i}`);
  const accumulate = reduction === 'sum' ? 'value + next' : extreme('>', 'value', 'next');
  const step = `const next = a[${start} + k * ${inner}];\nvalue = ${accumulate};`;
  text.append(`let value = a[${start}];`);
  text.append(
    `for (let k = 1; k < ${perChunk}; k++) {\n${length % perChunk === 0 ? step : `if (${first} + k < ${length}) {\n${step}\n}`}\n}`,
  );
  return { source: text.finish(['a'], 'value'), length: outer * chunks * inner, operands: [operand] };
}
