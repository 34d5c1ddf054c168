import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTable } from '../../src/data/table.js';
import { cellsOf } from './cells.js';
import { temporaryFolder } from './idx-files.js';

const folder = temporaryFolder();

/** The cells of the column `a` of a file. */
async function read(name: string, content: string, text: readonly string[] = []): Promise<unknown[]> {
  writeFileSync(join(folder, name), content);
  const { columns } = await readTable([join(folder, name)], { text });
  return cellsOf(columns.get('a')!);
}
const csv = (...cells: string[]): Promise<unknown[]> => read('some.csv', `a,n\n${cells.map((cell) => `${cell},1\n`).join('')}`);
const jsonLines = (cells: readonly unknown[], text?: string[]): Promise<unknown[]> =>
  read('some.jsonl', cells.map((a) => `${JSON.stringify({ a, n: 1 })}\n`).join(''), text);

// What a model learnt from one file it is to find again in another, whose other rows may be of another kind.
describe('a cell is the same whatever else its file holds', () => {
  it.each([
    ['truths as Python writes them', 'True', 'maybe'],
    ['days', '2024-05-31', 'unknown'],
    ['times', '2024-05-31 10:30:00', 'unknown'],
    ['times of day', '10:30', 'noon'],
    ['days that may be another month', '03/04/2024', '25/04/2024'],
    ['days that may be months', '03/04/2024', '04/25/2024'],
    ['times that may be of another month', '03/04/2024 10:30:00', '25/04/2024 10:30:00'],
  ])('in a CSV: %s', async (_, cell, other) => {
    expect(await csv(cell, cell)).toEqual([cell, cell]);
    expect(await csv(cell, other)).toEqual([cell, other]);
  });

  it.each([
    ['words beside numbers', 'word', 7],
    ['times of day', '10:30', 'noon'],
    ['UUIDs', '3FA85F64-5717-4562-B3FC-2C963F66AFA6', 'none'],
    ['days', '2024-05-31', 'unknown'],
  ])('in JSON: %s', async (_, cell, other) => {
    expect(await jsonLines([cell, cell])).toEqual([cell, cell]);
    expect(await jsonLines([cell, other])).toEqual([cell, String(other)]);
  });

  it('in JSON: what was text is text', async () => {
    const time = '2024-05-31T10:30:00Z';
    expect(await jsonLines([time, 'unknown'])).toEqual([time, 'unknown']);
    expect(await jsonLines([time], ['a'])).toEqual([time]);
  });

  it('numbers of more digits than a double has', async () => {
    expect(await csv('9007199254740993', '9007199254740992', '5')).toEqual(['9007199254740993', '9007199254740992', 5]);
  });
});
