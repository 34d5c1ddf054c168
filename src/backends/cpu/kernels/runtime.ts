// What every thread runs: a compiled program is a list of stages, a stage a list of kernels over the same units (images, rows,
// blocks of a matrix). Threads take chunks of units, run all kernels of the stage on a chunk, and meet at a barrier before the next
// stage. Each has a share of the chunks, always the same, so that what it wrote is still in its core's cache when it comes to it
// again; who has done with its own share helps the others. Who works on a chunk varies; what is computed for it does not.
//
// Program: 0 number of stages, then the address of each. Stage: 0 units, 1 units of a chunk, 2 number of kernels, 3 whether a
// barrier follows, 4 units of a step, then (kernel, address of its parameters) pairs. A chunk is worked on a step at a time.

import { averagePool, averagePoolGradient } from './average-pool';
import { convolution, convolutionFilterGradient, convolutionInputGradient } from './convolution';
import { concatenate, copy, gather, scatterAdd } from './copy';
import { depthwise, depthwiseFilterGradient, depthwiseInputGradient } from './depthwise';
import { GEMM_SCRATCH } from './gemm';
import { map } from './map';
import { operand, word } from './operand';
import { maxPool, maxPoolGradient, maxPoolWinners } from './pool';
import { packPanels, packedProduct } from './packed-product';
import { product, productByUnits, productRows } from './product';
import { reduce, sumParts } from './reduce';
import {
  winogradFilter, winogradFilterAdjoint, winogradFilterProduct, winogradInput, winogradInputAdjoint,
  winogradMultiply, winogradOutput, winogradOutputAdjoint,
} from './winograd';

export { rowTiles1, rowTiles2, rowTiles3, rowTiles4, rowTile5, rowTiles6, tile1, tile2, tile3, tile4, tile5, tile6 } from './gemm';
export { fillRandomBlock } from './map';
export { maxPool2x2, maxPool2x2Gradient, maxPool2x2Winners } from './pool';
export {
  wideRowTile1, wideRowTile2, wideRowTile3, wideRowTile4, wideRowTile5, wideRowTile6,
  wideTile1, wideTile2, wideTile3, wideTile4, wideTile5, wideTile6,
} from './wide-tiles';

// The control block, each word on a cache line of its own.
const START: usize = 64; // counts runs; workers wait for it to change
const SLEEPERS: usize = 128; // workers that have given up spinning
const ARRIVED: usize = 192; // threads at the barrier
const GENERATION: usize = 256; // counts barriers passed
const WAITING: usize = 384; // threads asleep at the barrier
const PROGRAM: usize = 448; // what to run; 0: leave
const THREADS: usize = 452; // how many take part
// 456: see `joinsVectors`.
const TAKEN: usize = 1024; // for each thread, how many chunks of its share have been taken
const LINE: usize = 64;

/** How often a thread looks before it goes to sleep: about 50 microseconds. */
const SPINS: i32 = 20000;

/** Bytes of scratch memory that the kernels themselves need, besides what the host adds for patches and local tensors. */
export function gemmScratch(): usize {
  return GEMM_SCRATCH;
}

function barrier(threads: i32): void {
  const generation = atomic.load<i32>(GENERATION);
  if (atomic.add<i32>(ARRIVED, 1) == threads - 1) {
    atomic.store<i32>(ARRIVED, 0);
    for (let thread: usize = 0; thread < <usize>threads; thread++) atomic.store<i32>(TAKEN + thread * LINE, 0);
    atomic.store<i32>(GENERATION, generation + 1);
    if (atomic.load<i32>(WAITING) > 0) atomic.notify(GENERATION, -1);
    return;
  }
  for (let i: i32 = 0; i < SPINS; i++) if (atomic.load<i32>(GENERATION) != generation) return;
  atomic.add<i32>(WAITING, 1);
  while (atomic.load<i32>(GENERATION) == generation) atomic.wait<i32>(GENERATION, generation, -1);
  atomic.sub<i32>(WAITING, 1);
}

function runKernel(kernel: i32, p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  switch (kernel) {
    case 0: map(p, from, to, local, scratch); break;
    case 1: reduce(p, from, to, local, scratch); break;
    case 2: product(p, from, to, local, scratch); break;
    case 3: convolution(p, from, to, local, scratch); break;
    case 4: convolutionInputGradient(p, from, to, local, scratch); break;
    case 5: convolutionFilterGradient(p, from, to, local, scratch); break;
    case 6: maxPool(p, from, to, local, scratch); break;
    case 7: maxPoolGradient(p, from, to, local, scratch); break;
    case 8: winogradFilter(p, from, to, local, scratch); break;
    case 9: winogradInput(p, from, to, local, scratch); break;
    case 10: winogradMultiply(p, from, to, local, scratch); break;
    case 11: winogradOutput(p, from, to, local, scratch); break;
    case 12: winogradOutputAdjoint(p, from, to, local, scratch); break;
    case 13: winogradInputAdjoint(p, from, to, local, scratch); break;
    case 14: winogradFilterProduct(p, from, to, local, scratch); break;
    case 15: winogradFilterAdjoint(p, from, to, local, scratch); break;
    case 16: copy(p, from, to, local, scratch); break;
    case 17: concatenate(p, from, to, local, scratch); break;
    case 18: gather(p, from, to, local, scratch); break;
    case 19: scatterAdd(p, from, to, local, scratch); break;
    case 20: averagePool(p, from, to, local, scratch); break;
    case 21: averagePoolGradient(p, from, to, local, scratch); break;
    case 22: productByUnits(p, from, to, local, scratch); break;
    case 23: maxPoolWinners(p, from, to, local, scratch); break;
    case 24: packPanels(p, from, to, local, scratch); break;
    case 25: packedProduct(p, from, to, local, scratch); break;
    case 26: sumParts(p, from, to, local, scratch); break;
    case 27: productRows(p, from, to, local, scratch); break;
    case 28: depthwise(p, from, to, local, scratch); break;
    case 29: depthwiseInputGradient(p, from, to, local, scratch); break;
    case 30: depthwiseFilterGradient(p, from, to, local, scratch); break;
    default: unreachable();
  }
}

function execute(program: usize, thread: i32, threads: i32, local: usize, scratch: usize): void {
  const stages = word(program, 0);
  for (let s: i32 = 0; s < stages; s++) {
    const stage = <usize>word(program, s + 1);
    const units = word(stage, 0), chunk = word(stage, 1), kernels = word(stage, 2), ends = word(stage, 3) != 0, step = word(stage, 4);
    // A stage of a single chunk is always thread 0's, so that no barrier is needed between two of them.
    const single = units <= chunk, alone = single || threads == 1;
    const chunks = single && thread != 0 ? 0 : (units + chunk - 1) / chunk;
    // Whose share is worked on: first the thread's own, then what others have left.
    let owner = thread, others = threads;
    let next: i32 = 0;
    while (alone ? next < chunks : others > 0) {
      let taken = next++;
      if (!alone) {
        const start = (owner * chunks) / threads, end = ((owner + 1) * chunks) / threads;
        taken = start + atomic.add<i32>(TAKEN + <usize>owner * LINE, 1);
        if (taken >= end) {
          owner = owner + 1 == threads ? 0 : owner + 1;
          others--;
          continue;
        }
      }
      const from = taken * chunk, to = min(units, from + chunk);
      for (let first = from; first < to; first += step) {
        const last = min(to, first + step);
        for (let k: i32 = 0; k < kernels; k++) {
          runKernel(word(stage, 5 + 2 * k), <usize>word(stage, 6 + 2 * k), first, last, local, scratch);
        }
      }
    }
    if (ends && threads > 1) barrier(threads);
  }
}

/** The host's thread: wakes the workers, takes part, and comes back when the whole program has run. */
export function run(program: usize, threads: i32, local: usize, scratch: usize): void {
  if (threads > 1) {
    i32.store(PROGRAM, program);
    i32.store(THREADS, threads);
    atomic.add<i32>(START, 1);
    if (atomic.load<i32>(SLEEPERS) > 0) atomic.notify(START, -1);
  }
  execute(program, 0, threads, local, scratch);
}

/** A worker's thread: runs whatever the host starts until it starts program 0. */
export function work(thread: i32, seen: i32, local: usize, scratch: usize): void {
  for (;;) {
    let spins = SPINS;
    while (atomic.load<i32>(START) == seen) {
      if (--spins > 0) continue;
      atomic.add<i32>(SLEEPERS, 1);
      atomic.wait<i32>(START, seen, -1);
      atomic.sub<i32>(SLEEPERS, 1);
    }
    seen++;
    const program = <usize>i32.load(PROGRAM);
    if (program == 0) return;
    const threads = i32.load(THREADS);
    if (thread < threads) execute(program, thread, threads, local, scratch);
  }
}
