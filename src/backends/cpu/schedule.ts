import type { Buffer, KernelCall } from './kernel-call.js';
import type { LoweredProgram } from './lower.js';

/** Calls that are run step by step, one after the other on each step, so that what passes between them stays in the cache. */
export interface Stage {
  readonly calls: KernelCall[];
  readonly units: number;
  /** Units that a thread takes at a time. */
  readonly chunk: number;
  /** Units of a chunk that all calls work on before the next ones: what passes between calls is this large. */
  readonly step: number;
}

/** Bytes that the calls of a stage may touch per step: about half of a core's second-level cache. */
const stepBytes = 512 * 1024;
/** Stages with less work than this are not worth sharing out. */
const sharedWork = 1 << 16;
/** A call of less work is done as soon as it can be. */
const smallWork = 1 << 21;
/** Chunks to aim at, so that threads finish a stage together. */
const enoughChunks = 32;

interface Dependency {
  readonly on: KernelCall;
  /** Both work unit by unit on what connects them, so they may share a stage. */
  readonly aligned: boolean;
}

/**
 * Groups calls into stages. A call joins the stage being filled if it has the same units and everything it needs is there already:
 * in an earlier stage, or in this one unit by unit.
 */
export function schedule(program: LoweredProgram): Stage[] {
  const dependencies = findDependencies(program);
  const done = new Set<KernelCall>();
  let waiting = [...program.calls];
  const stages: Stage[] = [];
  while (waiting.length > 0) {
    const ready = waiting.filter((call) => dependencies.get(call)!.every(({ on }) => done.has(on)));
    // Small things that stand by themselves come first: what waits for them can then join the stage of what goes before it.
    const first =
      ready.find((call) => (!call.alignedOutput || call.units === 1) && call.work < smallWork) ??
      ready.find((call) => call.late !== true) ??
      ready[0];
    if (first === undefined) throw new Error('calls wait for each other');
    const members = new Set([first]);
    const sizes = new Sizes(first);
    if (first.alignedOutput) {
      for (const call of waiting) {
        const fits =
          call.alignedOutput &&
          call.units === first.units &&
          dependencies.get(call)!.every(({ on, aligned }) => done.has(on) || (aligned && members.has(on))) &&
          sizes.agreeWith(call);
        if (!fits) continue;
        members.add(call);
        sizes.add(call);
      }
      // What nothing here reads yet would have to be kept.
      for (const call of members) {
        const isRead = [...members].some((other) => other.inputs.includes(call.output));
        if (call.late === true && call !== first && !isRead) members.delete(call);
      }
    }
    for (const call of members) done.add(call);
    waiting = waiting.filter((call) => !members.has(call));
    stages.push(stageOf([...members]));
  }
  return stages;
}

/** A stage has blocks of one size and parts of one size: steps of a common multiple of several would not fit into the cache. */
class Sizes {
  private readonly blocks = new Set<number>();
  private readonly parts = new Set<number>();

  constructor(first: KernelCall) {
    this.add(first);
  }

  add(call: KernelCall): void {
    for (const block of blocksOf(call)) this.blocks.add(block);
    if (call.part !== undefined) this.parts.add(call.part);
  }

  agreeWith(call: KernelCall): boolean {
    const blocks = new Set([...this.blocks, ...blocksOf(call)]);
    const parts = new Set([...this.parts, ...(call.part === undefined ? [] : [call.part])]);
    return blocks.size <= 1 && parts.size <= 1 && [...parts].every((part) => part % Math.max(1, ...blocks) === 0);
  }
}

/** How many units lie together, in each buffer of a call where some do. */
function blocksOf(call: KernelCall): number[] {
  return [...touchedBy([call])].flatMap(({ block }) => (block > 1 ? block : []));
}

/** What the calls of a stage write, and what they read of it unit by unit. */
function touchedBy(calls: readonly KernelCall[]): Set<Buffer> {
  return new Set(calls.flatMap((call) => [call.output, ...call.inputs.filter((_, i) => call.aligned[i])]));
}

function blockOf(calls: readonly KernelCall[]): number {
  return Math.max(...[...touchedBy(calls)].map(({ block }) => block));
}

function findDependencies({ calls, overwrites, places }: LoweredProgram): Map<KernelCall, Dependency[]> {
  const writer = new Map(calls.map((call) => [call.output, call]));
  // A whole is written by those who write its pieces.
  const writers = new Map<Buffer, KernelCall[]>();
  for (const call of calls) {
    const { within } = places.of(call.output);
    writers.set(within, [...(writers.get(within) ?? []), call]);
  }
  const dependencies = new Map<KernelCall, Dependency[]>(calls.map((call) => [call, []]));
  for (const call of calls) {
    call.inputs.forEach((buffer, i) => {
      for (const on of writers.get(places.of(buffer).within) ?? []) {
        if (!places.overlap(buffer, on.output)) continue;
        dependencies.get(call)!.push({ on, aligned: buffer === on.output && on.alignedOutput && call.aligned[i]! });
      }
    });
  }
  // Whoever reads a state must have done so before it is overwritten.
  for (const [value, state] of overwrites) {
    const overwriting = writer.get(value)!;
    for (const call of calls) {
      if (call === overwriting) continue;
      call.inputs.forEach((buffer, i) => {
        if (buffer === state)
          dependencies.get(overwriting)!.push({ on: call, aligned: call.aligned[i]! && overwriting.alignedOutput });
      });
    }
  }
  return dependencies;
}

function stageOf(calls: KernelCall[]): Stage {
  const units = calls[0]!.units;
  const work = calls.reduce((sum, call) => sum + call.work, 0);
  const touched = touchedBy(calls);
  const bytesPerUnit = [...touched].reduce((sum, buffer) => sum + buffer.bytesPerUnit, 0);
  const minimum = Math.max(...calls.map((call) => call.minimumChunk));
  const block = blockOf(calls);
  if (!calls[0]!.alignedOutput) {
    const chunk = work < sharedWork ? units : 1;
    return { calls, units, chunk, step: chunk };
  }
  const fitting = Math.floor(stepBytes / Math.max(bytesPerUnit, 1));
  const even = work < sharedWork ? units : Math.ceil(units / enoughChunks);
  const most = Math.max(1, minimum, Math.min(fitting, even));
  // Dealt out evenly, so that none is left with a short one.
  const dealt = Math.ceil(units / Math.ceil(units / most));
  const step = Math.ceil(dealt / block) * block;
  const part = Math.max(...calls.map((call) => call.part ?? 1));
  return part === 1 ? { calls, units, chunk: step, step } : { calls, units, chunk: part, step: block };
}
