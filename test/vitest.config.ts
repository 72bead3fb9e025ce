import { defineConfig } from 'vitest/config'

/**
 * unit: any laptop. sandbox: real namespaces, one file at a time. docker: a daemon of the tests' own. vagrant: the Vagrantfile and its
 * provisioner. elsewhere: labs in a real Vagrant's machine, which is a container, and in one container. e2e: the built CLI, as a stranger runs it. stock-kernel: again in QEMU. upstream: beside a real Calico.
 */
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
          name: 'docker',
          include: ['test/docker/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          globalSetup: ['test/helpers/build.ts', 'test/docker/daemon.ts'],
        },
      },
      {
        test: {
          name: 'k3s',
          include: ['test/k3s/**/*.test.ts'],
          fileParallelism: false,
          // Proofs of a lab on a real cluster take minutes.
          testTimeout: 1_800_000,
          hookTimeout: 600_000,
          globalSetup: ['test/helpers/build.ts', 'test/k3s/daemon.ts'],
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'vagrant',
          include: ['test/vagrant/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          globalSetup: ['test/helpers/build.ts', 'test/docker/daemon.ts'],
        },
      },
      {
        test: {
          name: 'elsewhere',
          include: ['test/elsewhere/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          globalSetup: ['test/helpers/build.ts', 'test/docker/daemon.ts'],
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
      {
        test: {
          name: 'stock-kernel',
          include: ['test/stock-kernel/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 300_000,
          globalSetup: ['test/helpers/build.ts'],
          // It has a processor to itself for minutes: not beside tests of time.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'upstream',
          include: ['test/upstream/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          globalSetup: ['test/helpers/build.ts'],
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
