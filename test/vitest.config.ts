import { defineConfig } from 'vitest/config'

/** unit: any laptop. sandbox: real namespaces, one file at a time. e2e: the built CLI, as a stranger runs it. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.{ts,tsx}', 'test/*.test.ts'],
          testTimeout: 20_000,
          // Ink draws, and its components have their looks, wherever the tests run.
          env: { FORCE_COLOR: '1', CI: 'false' },
        },
      },
      {
        test: {
          name: 'sandbox',
          include: ['test/sandbox/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          globalSetup: ['test/helpers/build.ts'],
        },
      },
    ],
  },
})
