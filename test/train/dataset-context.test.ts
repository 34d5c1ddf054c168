import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { datasetContext } from '../../src/train/run.js';

describe('the cache folder', () => {
  const cacheWith = (caches: string | undefined): string => {
    vi.stubEnv('HOME', '/home/someone');
    vi.stubEnv('XDG_CACHE_HOME', caches);
    return datasetContext('/configs', () => undefined).cache;
  };
  afterEach(() => void vi.unstubAllEnvs());

  it('lies in XDG_CACHE_HOME', () => expect(cacheWith('/caches')).toBe(join('/caches', 'nn')));

  it.skipIf(process.platform === 'win32').each([undefined, ''])('lies in the home folder where that is %j', (caches) =>
    expect(cacheWith(caches)).toBe('/home/someone/.cache/nn'),
  );
});
