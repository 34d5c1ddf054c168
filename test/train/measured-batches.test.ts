import { describe, expect, it } from 'vitest';
import type { Batch, Batches } from '../../src/data/batches.js';
import { MeasuredBatches } from '../../src/train/measured-batches.js';

/** A machine of which one can say how long everything takes on it. */
class Machine {
  time = 0;
  readonly log: string[] = [];

  /** Batches that are there after so many milliseconds. */
  batches(name: string, wait: number): Batches {
    this.log.push(`open ${name}`);
    return {
      length: 100,
      batchSize: 10,
      stepsPerEpoch: 10,
      sizeOf: () => 10,
      batch: (epoch, step): Batch => {
        this.time += wait;
        this.log.push(name);
        return { size: 10, values: new Map([['place', Float32Array.of(10 * epoch + step)]]) };
      },
      close: () => void this.log.push(`close ${name}`),
    };
  }

  /** Trains so many epochs with a step of so many milliseconds, which may depend on who makes the batches, and validates after each. */
  async train(batches: Batches, epochs: number, step: (maker: string) => number): Promise<number[]> {
    const places: number[] = [];
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (let i = 0; i < batches.stepsPerEpoch; i++) {
        const { values } = await batches.batch(epoch, i);
        places.push(values.get('place')![0]!);
        this.time += step(this.log.at(-1)!);
      }
      this.time += 5000;
    }
    batches.close();
    return places;
  }

  makers(): string[] {
    return [...new Set(this.log.filter((line) => !line.includes(' ')))];
  }
}

function measured(machine: Machine, waits: { here: number; threads: number }): MeasuredBatches {
  return new MeasuredBatches(
    machine.batches('here', waits.here),
    () => machine.batches('threads', waits.threads),
    () => machine.time,
  );
}

describe('batches whose making is measured', () => {
  const all = Array.from({ length: 200 }, (_, i) => i);

  it('are made without threads where they could save next to nothing', async () => {
    const machine = new Machine();
    expect(await machine.train(measured(machine, { here: 4, threads: 0 }), 20, () => 50)).toEqual(all);
    expect(machine.makers()).toEqual(['here']);
    expect(machine.log.slice(-1)).toEqual(['close here']);
  });

  it('are made by threads where steps follow each other sooner', async () => {
    const machine = new Machine();
    expect(await machine.train(measured(machine, { here: 30, threads: 1 }), 20, () => 50)).toEqual(all);
    expect(machine.makers()).toEqual(['here', 'threads']);
    expect(machine.log.filter((line) => line === 'here').length).toBeLessThan(20);
    // Each is closed once, and what is given up as soon as that is known.
    expect(machine.log.filter((line) => line.startsWith('close'))).toEqual(['close here', 'close threads']);
    expect(machine.log.indexOf('close here')).toBeLessThan(50);
  });

  it('are made without them again where they hold the steps up more than they help', async () => {
    const machine = new Machine();
    const step = (maker: string): number => (maker === 'threads' ? 60 : 50);
    expect(await machine.train(measured(machine, { here: 8, threads: 0 }), 20, step)).toEqual(all);
    expect(machine.makers()).toEqual(['here', 'threads']);
    expect(machine.log.filter((line) => line.startsWith('close'))).toEqual(['close threads', 'close here']);
    expect(machine.log.filter((line) => line === 'threads').length).toBeLessThan(20);
  });

  it('are tried for long enough that engines have compiled: short steps more often than long ones', async () => {
    for (const [step, most] of [
      [1, 800],
      [2000, 10],
    ] as const) {
      const machine = new Machine();
      await machine.train(measured(machine, { here: step, threads: 0 }), 100, () => step);
      expect(machine.log.filter((line) => line === 'here').length).toBeLessThan(most);
    }
  });

  it('close both makers if training ends while threads are tried', async () => {
    const machine = new Machine();
    await machine.train(measured(machine, { here: 30, threads: 1 }), 1, () => 100);
    expect(machine.log.filter((line) => line.startsWith('close')).sort()).toEqual(['close here', 'close threads']);
  });
});
