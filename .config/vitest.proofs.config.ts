import { defineConfig } from 'vitest/config';

// Proofs that take too long for every test run, or need a Python with PyTorch: NN_PYTHON names it.
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.proof.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    reporters: [['default', { summary: false }]],
  },
});
