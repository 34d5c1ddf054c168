import type { Buffer, Placement } from './kernel-call.js';
import type { LoweredProgram } from './lower.js';
import type { Stage } from './schedule.js';

/** Every buffer starts on a cache line. */
const alignment = 64;
export const align = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/** Where each buffer of a program lies, relative to regions that are put in place later. */
export interface MemoryPlan {
  /** Buffers that only live within one stage hold one step, in memory of the thread's own. Those of different calls share it. */
  readonly local: ReadonlyMap<Buffer, number>;
  /** All others but the state, in memory that all programs of a session use in turn. */
  readonly shared: ReadonlyMap<Buffer, number>;
  readonly localBytes: number;
  readonly sharedBytes: number;
  /** Scratch memory that kernels ask for, besides that of the matrix product. */
  readonly scratchBytes: number;
}

/** When a buffer is needed, counted in stages or, within one, in calls. */
interface Lifetime {
  buffer: Buffer;
  bytes: number;
  from: number;
  to: number;
}

/** Lays out a program's memory: buffers whose lifetimes (in stages) do not overlap share it. */
export function planMemory(program: LoweredProgram, stages: readonly Stage[]): MemoryPlan {
  const fixed = new Set([...program.state.values(), ...program.overwrites.keys()]);
  const lifetimes = new Map<Buffer, Lifetime>();
  const unaligned = new Set<Buffer>();
  const extend = (part: Buffer, time: number): void => {
    const { within: buffer } = program.places.of(part);
    if (buffer !== part) unaligned.add(buffer);
    if (fixed.has(buffer)) return;
    const lifetime = lifetimes.get(buffer);
    if (lifetime === undefined) lifetimes.set(buffer, { buffer, bytes: sharedBytesOf(buffer), from: time, to: time });
    else [lifetime.from, lifetime.to] = [Math.min(lifetime.from, time), Math.max(lifetime.to, time)];
  };
  for (const buffer of program.inputs.values()) extend(buffer, -1);
  stages.forEach((stage, time) => {
    for (const call of stage.calls) {
      call.inputs.forEach((buffer, i) => {
        extend(buffer, time);
        if (!call.aligned[i]) unaligned.add(buffer);
      });
      extend(call.output, time);
      if (!call.alignedOutput) unaligned.add(call.output);
    }
  });
  for (const buffer of program.outputs.values()) extend(buffer, stages.length);

  // An input that nothing reads belongs to no stage, but the host writes it.
  const isLocal = (lifetime: Lifetime | undefined): boolean =>
    lifetime !== undefined && lifetime.from === lifetime.to && lifetime.from >= 0 && !unaligned.has(lifetime.buffer);
  const { offsets, bytes: sharedBytes } = placeFirstFit([...lifetimes.values()].filter((one) => !isLocal(one)));
  for (const [buffer, { within, offset }] of program.places.all()) {
    const start = offsets.get(within);
    if (start !== undefined) offsets.set(buffer, start + offset);
  }
  // Memory that was just read is in the cache: what the next call writes had better lie there.
  const locals = stages.map((stage) => placeFirstFit(lifetimesWithin(stage, (buffer) => isLocal(lifetimes.get(buffer)))));
  const scratchBytes = Math.max(0, ...stages.flatMap((stage) => stage.calls.map((call) => call.scratchBytes)));
  return {
    local: new Map(locals.flatMap(({ offsets }) => [...offsets])),
    shared: offsets,
    localBytes: Math.max(0, ...locals.map(({ bytes }) => bytes)),
    sharedBytes,
    scratchBytes,
  };
}

/** From the first to the last call of a stage that a buffer takes part in, for those that are its own. They hold one step. */
function lifetimesWithin(stage: Stage, isLocal: (buffer: Buffer) => boolean): Lifetime[] {
  const lifetimes = new Map<Buffer, Lifetime>();
  stage.calls.forEach((call, time) => {
    for (const buffer of [call.output, ...call.inputs]) {
      const lifetime = lifetimes.get(buffer);
      if (lifetime !== undefined) lifetime.to = time;
      else if (isLocal(buffer)) {
        const units = Math.min(stage.step, Math.ceil(buffer.units / buffer.block) * buffer.block);
        lifetimes.set(buffer, { buffer, bytes: units * buffer.bytesPerUnit, from: time, to: time });
      }
    }
  });
  return [...lifetimes.values()];
}

/** The last block may be filled in part only, but takes a whole one's place. */
function sharedBytesOf({ units, block, bytesPerUnit }: Buffer): number {
  return Math.ceil(units / block) * block * bytesPerUnit;
}

/** A buffer with its place. */
interface Placed extends Lifetime {
  start: number;
  end: number;
}

/** Each buffer, longest-lived and largest first, at the lowest address where nothing alive at the same time lies. */
function placeFirstFit(lifetimes: readonly Lifetime[]): { offsets: Map<Buffer, number>; bytes: number } {
  const offsets = new Map<Buffer, number>();
  const placed: Placed[] = [];
  let bytes = 0;
  // Where the last one of a lifetime and a length ends: for the next one there is no room below.
  const reached = new Map<string, number>();
  const sorted = [...lifetimes].sort((a, b) => b.bytes - a.bytes || a.buffer.id - b.buffer.id);
  for (const lifetime of sorted) {
    const length = align(lifetime.bytes);
    const alike = [lifetime.from, lifetime.to, length].join();
    let start = reached.get(alike) ?? 0;
    for (let i = firstFrom(placed, start); i < placed.length; i++) {
      const other = placed[i]!;
      if (other.start >= start + length) break;
      if (other.from <= lifetime.to && lifetime.from <= other.to) start = Math.max(start, other.end);
    }
    offsets.set(lifetime.buffer, start);
    reached.set(alike, start + length);
    placed.splice(firstFrom(placed, start + 1), 0, { ...lifetime, start, end: start + length });
    bytes = Math.max(bytes, start + length);
  }
  return { offsets, bytes };
}

/** The number of buffers that start below an address. They are in order. */
function firstFrom(placed: readonly Placed[], address: number): number {
  let [low, high] = [0, placed.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (placed[middle]!.start < address) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Addresses for kernels, once the regions are in place. Local addresses count from the thread's own memory. */
export function placementOf(
  plan: MemoryPlan,
  program: LoweredProgram,
  sharedBase: number,
  stateAddress: (state: Buffer) => number,
): Placement {
  return {
    operand(buffer) {
      const local = plan.local.get(buffer);
      if (local !== undefined) return [local, buffer.bytesPerUnit];
      const offset = plan.shared.get(buffer);
      return [offset === undefined ? stateAddress(program.overwrites.get(buffer) ?? buffer) : sharedBase + offset, 0];
    },
  };
}
