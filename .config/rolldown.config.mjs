import { defineConfig } from 'rolldown'
import { descriptionsPlugin } from './descriptions.mjs'

// Native and prebuilt, so it can't be bundled; loaded only when somebody asks for a terminal.
const NATIVE = ['@lydell/node-pty']

/** What main.ts loads for a screen only: bundles of their own, since each of a lab's processes pays for what it loads. */
const ASIDE = { '../ui/run.ts': './ui.js', '../terminals/keeper.ts': './terminals.js' }

const aside = {
  name: 'aside',
  resolveId: (source) => (source in ASIDE ? { id: ASIDE[source], external: true } : undefined),
}

/** Ink asks for it in development only. */
const withoutDevtools = {
  name: 'without-devtools',
  resolveId: (source) => (source === 'react-devtools-core' ? { id: '\0no-devtools' } : undefined),
  load: (id) => (id === '\0no-devtools' ? 'export default {}' : undefined),
}

const shape = { format: 'esm', minify: true, codeSplitting: false }

/** One ESM file and the two it loads when asked to, so that `npx knet-labs` on conference wifi is a small download. */
export default defineConfig([
  {
    input: 'src/cli/main.ts',
    platform: 'node',
    external: NATIVE,
    plugins: [descriptionsPlugin(), aside],
    output: { ...shape, file: 'dist/cli.js', banner: '#!/usr/bin/env node' },
  },
  {
    input: 'src/ui/run.ts',
    platform: 'node',
    external: NATIVE,
    plugins: [withoutDevtools],
    transform: { define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' } },
    output: { ...shape, file: 'dist/ui.js' },
  },
  {
    input: 'src/terminals/keeper.ts',
    platform: 'node',
    external: NATIVE,
    output: { ...shape, file: 'dist/terminals.js' },
  },
])
