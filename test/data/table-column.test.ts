import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowKeys } from '../../src/data/content-keys.js';
import { categoriesOf, looksLikeClass } from '../../src/data/categories.js';
import { type Cell, ColumnBuilder, columnOf } from '../../src/data/table-column.js';
import { cellsOf } from './cells.js';

describe('a column of a table', () => {
  const cell = fc.oneof(
    fc.constant(null),
    fc.double({ noNaN: true }),
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom('', 'a', 'b', '1', 'NaN'),
    fc.string(),
  );

  it('holds numbers, texts and what is missing as they are', () => {
    fc.assert(
      fc.property(fc.array(cell), (cells) => {
        const column = columnOf(cells);
        expect(column.length).toBe(cells.length);
        expect(cellsOf(column)).toEqual(cells);
        expect(column.some((one) => one === null)).toBe(cells.includes(null));
        expect(column.some((one) => typeof one === 'string')).toBe(cells.some((one) => typeof one === 'string'));
        expect(new Set(categoriesOf(column))).toEqual(new Set(cells.filter((one) => one !== null).map(String)));
      }),
    );
  });

  it('keeps numbers beyond a piece of its memory, and texts that come late', () => {
    const numbers = (i: number): Cell => (i % 7 === 0 ? null : i / 3);
    const builder = new ColumnBuilder();
    for (let i = 0; i < 200_000; i++) builder.add(numbers(i));
    builder.add('late');
    const column = builder.build();
    expect(column.length).toBe(200_001);
    for (let i = 0; i < 200_000; i++) if (column.at(i) !== numbers(i)) expect(column.at(i)).toBe(numbers(i));
    expect(column.at(200_000)).toBe('late');
  });

  it('takes no more room than it needs, where a table has thousands of them', () => {
    const before = process.memoryUsage().arrayBuffers;
    const builders = Array.from({ length: 5000 }, () => new ColumnBuilder());
    for (const builder of builders) for (let i = 0; i < 70; i++) builder.add(i % 9 === 8 && i > 60 ? 'x' : i);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 2 ** 20);
    expect(builders.every((builder) => builder.build().at(69) === 69)).toBe(true);
  });

  it('keeps texts of which more differ than are looked up', () => {
    const column = columnOf(Array.from({ length: 200_000 }, (_, i) => (i % 5 === 4 ? null : `text ${i % 90_000}`)));
    for (const i of [0, 4, 65_535, 65_536, 89_998, 90_000, 180_000, 199_998]) {
      expect(column.at(i)).toBe(i % 5 === 4 ? null : `text ${i % 90_000}`);
    }
    expect(categoriesOf(column).length).toBe(72_000);
    expect(looksLikeClass(columnOf([1, 2, null]))).toBe(true);
    expect(looksLikeClass(columnOf(Array.from({ length: 21 }, (_, i) => i)))).toBe(false);
    expect(looksLikeClass(columnOf([1, 2.5]))).toBe(false);
  });

  // The split of every table goes by these: they may never change.
  it('stands for its rows by the same keys in every version', () => {
    const columns = [columnOf([1, -0.5, null, 1e300, 0]), columnOf(['', 'naïve 😀', null, 'a', 'a'])];
    const expected = [4352239439911251, 4358615705448922, 3882749657642450, 4526014537408260, 8891690155004435];
    expect([...rowKeys(columns, [0, 1, 2, 3, 4])]).toEqual(expected);
    expect([...rowKeys(columns, [4, 1])]).toEqual([expected[4], expected[1]]);
  });
});
