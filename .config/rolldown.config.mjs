import { defineConfig } from 'rolldown'
import { descriptionsPlugin } from './descriptions.mjs'

/** One ESM file, so that `npx knet-labs` on conference wifi is a single small download. */
export default defineConfig({
  input: 'src/cli/main.ts',
  platform: 'node',
  // Native and prebuilt, so it can't be bundled; loaded only when a container asks for a terminal.
  external: ['@lydell/node-pty'],
  plugins: [descriptionsPlugin()],
  output: {
    file: 'dist/cli.js',
    format: 'esm',
    minify: true,
    banner: '#!/usr/bin/env node',
    codeSplitting: false,
  },
})
