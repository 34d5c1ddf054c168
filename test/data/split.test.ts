import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentKeys, rowKeys } from '../../src/data/content-keys.js';
import type { Field } from '../../src/data/field.js';
import {
  type Cut,
  type SplitPlan,
  type SplitRecords,
  Splitter,
  heldByPlace,
  partRecord,
  plannedParts,
} from '../../src/data/split.js';
import { userError } from './idx-files.js';
import { columnOf } from '../../src/data/table-column.js';

/** Records that are numbers, with the keys of a table of one column. */
const recordsOf = (numbers: readonly number[], by?: SplitRecords['by']): SplitRecords => ({
  length: numbers.length,
  keys: rowKeys([columnOf(numbers)], [...numbers.keys()]),
  by,
});
const upTo = (length: number, from = 0): number[] => Array.from({ length }, (_, i) => i + from);
const splitter = (plan: Partial<SplitPlan> = {}): Splitter => new Splitter({ type: 'random', seed: 0, validation: 0, ...plan });
/** What is held out of some numbers. */
const heldOf = (numbers: readonly number[], plan: Partial<SplitPlan>, by?: SplitRecords['by']): number[] =>
  [...splitter(plan).validation(recordsOf(numbers, by)).held].map((i) => numbers[i]!);
const foldsOf = (numbers: readonly number[], of: number, plan: Partial<SplitPlan> = {}, by?: SplitRecords['by']): Cut[] =>
  upTo(of, 1).map((number) => splitter({ ...plan, fold: { number, of } }).validation(recordsOf(numbers, by)));
const apart = (a: readonly number[], b: readonly number[]): number[] => [
  ...a.filter((one) => !b.includes(one)),
  ...b.filter((one) => !a.includes(one)),
];

describe('records held out at random', () => {
  it('are as many as asked for; both parts together are all, in order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(), fc.nat(), (length, part, seed) => {
        const count = part % length;
        const { rest, held } = splitter({ validation: count, seed }).validation(recordsOf(upTo(length)));
        expect(held.length).toBe(count);
        expect([...rest, ...held].sort((a, b) => a - b)).toEqual(upTo(length));
        expect([...held]).toEqual([...held].sort((a, b) => a - b));
      }),
    );
  });

  it('stay when others come or go, but for those at the border of a number', () => {
    const all = upTo(1000);
    const before = heldOf(all, { validation: 200 });
    for (const gone of [before[0]!, before[57]!, 3, 999, 500]) {
      const after = heldOf(
        all.filter((one) => one !== gone),
        { validation: 200 },
      );
      const wasHeld = before.includes(gone);
      // Where a record that was held out goes, the next one comes in its place.
      expect(apart(before, after).length).toBe(wasHeld ? 2 : 0);
    }
    const more = heldOf([...all, 1000.5], { validation: 200 });
    expect(apart(before, more).length).toBeLessThanOrEqual(2);
  });

  it('are the same ones in whatever order they lie, and others for another seed', () => {
    const all = upTo(300);
    const held = heldOf(all, { validation: 0.2 });
    expect(heldOf([...all].reverse(), { validation: 0.2 }).sort((a, b) => a - b)).toEqual(held);
    expect(heldOf(all, { validation: 0.2, seed: 1 })).not.toEqual(held);
    expect(apart(held, heldOf(all, { validation: 0.2, seed: 1 })).length).toBeGreaterThan(60);
  });

  it('are never parted from their equals', () => {
    const numbers = upTo(300).map((i) => i % 40);
    for (const seed of upTo(20)) {
      const cut = splitter({ validation: 60, seed }).validation(recordsOf(numbers));
      const [rest, held] = [cut.rest, cut.held].map((places) => new Set([...places].map((i) => numbers[i]!)));
      expect([...held!].filter((one) => rest!.has(one))).toEqual([]);
      expect(Math.abs(cut.held.length - 60)).toBeLessThanOrEqual(4);
    }
    const two = splitter({ validation: 1 }).validation(recordsOf([5, 5, 5, 5, 7]));
    expect([two.rest.length, two.held.length].sort()).toEqual([1, 4]);
  });

  it('that would be all, or none that can be parted, are refused', async () => {
    for (const count of [10, 11]) {
      expect((await userError(() => heldOf(upTo(10), { validation: count }))).message).toBe(
        `validation holds out ${count} records, but there are only 10 to train on`,
      );
    }
    expect((await userError(() => heldOf([1, 1, 1], { validation: 1 }))).message).toContain('all records are equal');
    expect(() => heldOf(upTo(10), { validation: -1 })).toThrow(RangeError);
    expect(() => heldOf(upTo(10), { validation: 1.5 })).toThrow(RangeError);
  });

  it('have nothing to do with those of the test, of which each is told by itself', () => {
    const all = upTo(2000);
    const { rest, held } = splitter().test(recordsOf(all), 0.2, 0);
    expect(Math.abs(held.length - 400)).toBeLessThan(50);
    const half = splitter().test(recordsOf(all.slice(0, 1000)), 0.2, 0);
    expect([...half.held]).toEqual([...held].filter((i) => i < 1000));
    expect(
      Math.abs(heldOf([...held, ...rest], { validation: 0.5 }).filter((i) => held.includes(i)).length - held.length / 2),
    ).toBeLessThan(50);
    expect(splitter().test(recordsOf([1, 2]), 0.01, 0).held.length).toBe(1);
  });
});

describe('records held out by their places', () => {
  it('are those that version 0.1 held out', () => {
    const places = (seed: number): number[] => heldOf(upTo(10), { type: 'index', validation: 3, seed });
    expect(places(5)).toEqual([1, 3, 7]);
    expect(places(6)).toEqual([2, 4, 9]);
    expect(
      heldOf(
        upTo(10).map(() => 7),
        { type: 'index', validation: 3, seed: 5 },
      ),
    ).toEqual([7, 7, 7]);
  });
});

describe('records whose content is not known', () => {
  it('are held out by their places, of however many', () => {
    const { rest, held } = splitter({ validation: 100, seed: 1 }).validation({ length: 1000 });
    expect(splitter({ type: 'index', validation: 100, seed: 1 }).validation(recordsOf(upTo(1000)))).toEqual({ rest, held });
    for (const cut of [{ rest, held }, heldByPlace(1000, 100, 7, 999)]) {
      expect([...cut.rest, ...cut.held].sort((a, b) => a - b)).toEqual(upTo(1000));
      expect(cut.held.length).toBe(100);
      expect([...cut.held]).toEqual([...cut.held].sort((a, b) => a - b));
      // From all of the records, not from one end.
      expect(Math.abs(cut.held.filter((record) => record < 500).length - 50)).toBeLessThan(20);
    }
    expect(heldByPlace(1000, 100, 8, 999).held).not.toEqual(heldByPlace(1000, 100, 7, 999).held);
    const folds = upTo(3, 1).map((number) => splitter({ fold: { number, of: 3 } }).validation({ length: 100 }));
    expect(folds.flatMap((fold) => [...fold.held]).sort((a, b) => a - b)).toEqual(upTo(100));
  });
});

describe('a stratified split', () => {
  const classes = (i: number): string => (i % 10 === 0 ? 'rare' : i % 3 === 0 ? 'some' : 'many');

  it('has the same share of each class', () => {
    const numbers = upTo(1000);
    const held = heldOf(numbers, { type: 'stratified', validation: 0.2 }, numbers.map(classes));
    const count = (of: readonly number[], name: string): number => of.filter((i) => classes(i) === name).length;
    expect(held.length).toBe(200);
    for (const name of ['rare', 'some', 'many']) {
      expect(Math.abs(count(held, name) - 0.2 * count(numbers, name))).toBeLessThan(1);
    }
    const more = heldOf([...numbers, 5000], { type: 'stratified', validation: 0.2 }, [...numbers, 5000].map(classes));
    expect(apart(held, more).length).toBeLessThanOrEqual(2);
  });

  it('leaves one of each class to train on, and needs classes of several', async () => {
    const numbers = upTo(12);
    const by = numbers.map((i) => (i < 2 ? 'two' : i === 2 ? 'one' : 'rest'));
    const { rest } = splitter({ type: 'stratified', validation: 9 }).validation(recordsOf(numbers, by));
    expect(new Set([...rest].map((i) => by[i]))).toEqual(new Set(['two', 'one', 'rest']));
    const error = await userError(() => heldOf(numbers, { type: 'stratified', validation: 3 }, numbers));
    expect(error.message).toBe('there are 12 classes of 12 records: none has a record to spare');
  });

  it('of folds gives each fold its share of every class, and no fold more than its share of all', () => {
    const numbers = upTo(103);
    for (const [by, most] of [
      [numbers.map(classes), 21],
      [numbers.map((i) => i % 17), 21],
    ] as const) {
      const folds = foldsOf(numbers, 5, { type: 'stratified' }, by);
      expect(folds.flatMap(({ held }) => [...held]).sort((a, b) => a - b)).toEqual(numbers);
      for (const { held } of folds) {
        expect(held.length).toBeGreaterThanOrEqual(20);
        expect(held.length).toBeLessThanOrEqual(most);
        for (const name of new Set<string | number>(by)) {
          const share = by.filter((one) => one === name).length / 5;
          expect(Math.abs([...held].filter((i) => by[i] === name).length - share)).toBeLessThan(1);
        }
      }
    }
  });
});

describe('a split by groups', () => {
  const group = (i: number): string => `g${(i * i) % 23}`;

  it('keeps the records of a group together, also in folds', () => {
    const numbers = upTo(400);
    const by = numbers.map(group);
    const whole = (cut: Cut): void => {
      const [rest, held] = [cut.rest, cut.held].map((places) => new Set([...places].map((i) => by[i])));
      expect([...held!].filter((one) => rest!.has(one))).toEqual([]);
    };
    const cut = splitter({ type: 'group', column: 'who', validation: 80 }).validation(recordsOf(numbers, by));
    whole(cut);
    expect(Math.abs(cut.held.length - 80)).toBeLessThan(30);
    const folds = foldsOf(numbers, 4, { type: 'group', column: 'who' }, by);
    folds.forEach(whole);
    expect(folds.flatMap(({ held }) => [...held]).sort((a, b) => a - b)).toEqual(numbers);
  });

  it('needs more than one, and for folds as many as there are', async () => {
    const same = upTo(10).map(() => 'a');
    const error = await userError(() => heldOf(upTo(10), { type: 'group', column: 'who', validation: 2 }, same));
    expect(error.message).toBe('"who" is the same in every record: nothing can be held out by it');
    const three = upTo(10).map((i) => i % 3);
    const few = await userError(() => foldsOf(upTo(10), 5, { type: 'group', column: 'who' }, three));
    expect(few.message).toMatch(/^fold \d of 5 would have no record to validate with$/);
    expect(few.hint).toBe('there are 10 records of 3 different values: take fewer folds');
    const gap = await userError(() => heldOf([1, 2], { type: 'group', column: 'who', validation: 1 }, ['a', null]));
    expect(gap.message).toBe('record 2 has no value of "who" to split by');
  });
});

describe('a split by time', () => {
  const numbers = upTo(100);
  const when = numbers.map((i) => (i * 37) % 100);
  const plan = { type: 'time', column: 'when' } as const;

  it('holds out the last ones, and does not part those of one time', () => {
    const held = heldOf(numbers, { ...plan, validation: 20 }, when);
    expect(held.map((i) => when[i]!).sort((a, b) => a - b)).toEqual(upTo(20, 80));
    const days = numbers.map((i) => `2024-03-${String(1 + (i % 25)).padStart(2, '0')}`);
    const lastDays = heldOf(numbers, { ...plan, validation: 11 }, days);
    expect(new Set(lastDays.map((i) => days[i]))).toEqual(new Set(['2024-03-23', '2024-03-24', '2024-03-25']));
  });

  it('tells each fold from what came before it', () => {
    const folds = foldsOf(numbers, 4, plan, when);
    folds.forEach(({ rest, held }, i) => {
      const [before, then] = [rest, held].map((places) => [...places].map((place) => when[place]!));
      expect(before!.sort((a, b) => a - b)).toEqual(upTo(20 * (i + 1)));
      expect(then!.sort((a, b) => a - b)).toEqual(upTo(20, 20 * (i + 1)));
      expect(plannedParts({ ...plan, seed: 0, validation: 0, fold: { number: i + 1, of: 4 } }, 100)).toEqual({
        train: rest.length,
        validation: held.length,
      });
    });
  });

  it('needs times', async () => {
    const error = await userError(() => heldOf([1, 2], { ...plan, validation: 1 }, ['31.5.2024', '1.6.2024']));
    expect(error.message).toBe('"when" holds "31.5.2024", which is neither a number nor a time');
    const same = await userError(() => heldOf([1, 2], { ...plan, validation: 1 }, [3, 3]));
    expect(same.message).toContain('is the same in every record');
  });
});

describe('folds', () => {
  it('hold out each record once, in parts of one size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 12, max: 200 }), (of, length) => {
        const folds = foldsOf(upTo(length), of);
        expect(folds.flatMap(({ held }) => [...held]).sort((a, b) => a - b)).toEqual(upTo(length));
        folds.forEach(({ rest, held }, i) => {
          expect(rest.length + held.length).toBe(length);
          expect(Math.abs(held.length - length / of)).toBeLessThanOrEqual(1);
          const planned = plannedParts({ type: 'random', seed: 0, validation: 0, fold: { number: i + 1, of } }, length);
          expect(planned.train).toBe(rest.length);
        });
      }),
    );
  });

  it('stay as they are when a record goes, but for one at each border', () => {
    const [before, after] = [upTo(500), upTo(499)].map((numbers) => foldsOf(numbers, 5).map(({ held }) => [...held]));
    before!.forEach((held, i) =>
      expect(
        apart(
          held.filter((one) => one !== 499),
          after![i]!,
        ).length,
      ).toBeLessThanOrEqual(2),
    );
  });
});

const keysOf = (...args: Parameters<typeof contentKeys>): Float64Array => contentKeys(...args)!;

describe('the keys of records', () => {
  const fields: Record<string, Field> = {
    input: { kind: 'number', shape: [3] },
    target: { kind: 'class', shape: [], classes: 9 },
  };
  const columns = (values: readonly number[], Values: typeof Uint8Array | typeof Float32Array = Uint8Array) => ({
    input: { values: Values.from(values) },
    target: { values: Uint16Array.from({ length: values.length / 3 }, (_, i) => i % 2) },
  });

  it('are equal where the records are, whatever stands beside them', () => {
    const values = [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3];
    for (const Values of [Uint8Array, Float32Array]) {
      const [a, b, c, d, e] = keysOf({ length: 5, columns: columns(values, Values) }, fields);
      expect([c, d, e]).toEqual([a, b, a]);
      expect(a).not.toBe(b);
      expect(keysOf({ length: 2, columns: columns(values.slice(0, 6), Values) }, fields)).toEqual(Float64Array.of(a!, b!));
    }
  });

  it('differ in what overlaps, and are not known where a reader makes a field', () => {
    const values = Uint16Array.from({ length: 50 }, (_, i) => i);
    const overlapping = { input: { values, step: 1 }, target: { values, offset: 1, step: 1 } };
    expect(new Set(keysOf({ length: 40, columns: overlapping }, fields)).size).toBe(40);
    const starts = Uint32Array.from({ length: 20 }, (_, i) => 2 * i);
    const chosen = keysOf({ length: 20, columns: { input: { values, starts }, target: { values, starts } } }, fields);
    const even = { input: { values, step: 2 }, target: { values, step: 2 } };
    expect(chosen).toEqual(keysOf({ length: 20, columns: even }, fields));
    const target = { values: new Uint8Array(40) };
    expect(contentKeys({ length: 40, columns: { target } }, fields)).toBeUndefined();
  });

  it('of rows tell words, numbers and gaps apart, and a number from no text that is one', () => {
    const rows = [
      ['ab', 'c'],
      ['a', 'bc'],
      [1, null],
      ['a', null],
      [null, 1],
      ['', 1],
    ];
    const cells = [0, 1].map((column) => columnOf(rows.map((row) => row[column]!)));
    expect(new Set(rowKeys(cells, upTo(rows.length))).size).toBe(rows.length);
    // A word in another row makes texts of the numbers of a CSV file.
    expect(rowKeys([columnOf(['1', '-2.5', '01'])], upTo(3))).toEqual(rowKeys([columnOf([1, -2.5, 1])], upTo(3)));
  });

  it('of rows are the same however a time is written', () => {
    const keysOfTexts = (...texts: string[]): Set<number> => new Set(rowKeys([columnOf(texts)], upTo(texts.length)));
    expect(keysOfTexts('2024-05-31 18:00', '2024-05-31T18:00:00Z', '2024-05-31 18:00:00', '2024-05-31 20:00:00+02').size).toBe(1);
    expect(keysOfTexts('2024-05-31', '2024-05-31 00:00:00', '2024-05-31T00:00').size).toBe(1);
    expect(keysOfTexts('2024-05-31 18:00', '2024-05-31 18:00:01', '2024-05-31 18:00:01.5', '2024-05-31', '2024-02-30').size).toBe(
      5,
    );
    // Those of earlier versions.
    const [day, time] = rowKeys([columnOf(['2024-05-31', '2024-05-31 18:00:00'])], upTo(2));
    expect([day, time]).toEqual([4034566386162712, 4601068951312012]);
  });

  it('of many records differ', () => {
    const length = 60_000;
    const values = Uint8Array.from({ length: length * 784 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) % 7);
    const fields784: Record<string, Field> = { input: { kind: 'number', shape: [28, 28, 1] } };
    const keys = keysOf({ length, columns: { input: { values } } }, fields784);
    expect(new Set(keys).size).toBe(length);
  });

  it('together say what a part holds', () => {
    const keys = rowKeys([columnOf([1, 2, 3, 4])], upTo(4));
    expect(partRecord(keys, Uint32Array.of(2, 0))).toEqual(partRecord(keys, Uint32Array.of(0, 2)));
    expect(partRecord(keys, Uint32Array.of(0, 1)).checksum).not.toBe(partRecord(keys, Uint32Array.of(0, 2)).checksum);
    expect(partRecord(undefined, Uint32Array.of(0, 2))).toEqual({ records: 2, checksum: null });
  });
});
