import { describe, expect, it } from 'vitest';
import { formatBytes } from '../../src/cli/format.js';

describe('sizes', () => {
  it('are given in a unit that leaves something to read', () => {
    expect([0, 31_400, 2 ** 20 - 1, 2 ** 20, 4_799_528].map(formatBytes)).toEqual([
      '0.0 KiB',
      '30.7 KiB',
      '1024.0 KiB',
      '1.0 MiB',
      '4.6 MiB',
    ]);
  });
});
