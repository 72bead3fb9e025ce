import { defineConfig } from 'rolldown'
import { calicoManifestPlugin } from './calico-manifest.mjs'
import { descriptionsPlugin } from './descriptions.mjs'

// Native and prebuilt, so it can't be bundled; loaded only when somebody asks for a terminal.
const NATIVE = ['@lydell/node-pty']

/** What main.ts loads for a screen only: bundles of their own, since each of a lab's processes pays for what it loads. */
const ASIDE = {
  '../ui/run.ts': './ui.js',
  '../terminals/keeper.ts': './terminals.js',
  './dockerode.ts': './dockerode.js',
}

const aside = {
  name: 'aside',
  resolveId: (source) => (source in ASIDE ? { id: ASIDE[source], external: true } : undefined),
}

/**
 * What Ink and chalk look at as they load, and what they are to find: no devtools; a screen, also where CI is set; and
 * colours, which the compositor drops for NO_COLOR, as without them chalk drops bold and underlined too.
 */
const FOUND_BY_INK = {
  'react-devtools-core': 'export default {}',
  'is-in-ci': 'export default false',
  '#supports-color': 'export default { stdout: { level: 1 }, stderr: { level: 1 } }',
}

const foundByInk = {
  name: 'found-by-ink',
  resolveId: (source) => (source in FOUND_BY_INK ? { id: `\0${source}` } : undefined),
  load: (id) => FOUND_BY_INK[id.replace('\0', '')],
}

/** What dockerode has for ssh, which we do with the user's own ssh, and for BuildKit, which we don't use. */
const UNUSED_BY_DOCKER = new Set(['ssh2', '@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs'])

const unusedByDocker = {
  name: 'unused-by-docker',
  resolveId: (source) => (UNUSED_BY_DOCKER.has(source) ? { id: `\0${source}` } : undefined),
  load: (id) => (UNUSED_BY_DOCKER.has(id.replace('\0', '')) ? 'export default {}' : undefined),
}

const shape = { format: 'esm', minify: true, codeSplitting: false }

/**
 * One ESM file, the three it loads when asked to and the five that run inside a lab: a process loads what it needs and no more,
 * as V8 takes 45 ms for a megabyte, and a lab's start has three processes waiting for each other.
 */
export default defineConfig([
  {
    input: 'src/cli/main.ts',
    platform: 'node',
    external: NATIVE,
    plugins: [aside],
    output: { ...shape, file: 'dist/cli.js', banner: '#!/usr/bin/env node' },
  },
  {
    input: 'src/cli/control-plane.ts',
    platform: 'node',
    external: NATIVE,
    plugins: [descriptionsPlugin(), calicoManifestPlugin()],
    output: { ...shape, file: 'dist/control-plane.js' },
  },
  {
    input: 'src/workloads/main.ts',
    platform: 'node',
    output: { ...shape, file: 'dist/workloads.js' },
  },
  {
    input: 'src/calicoctl/main.ts',
    platform: 'node',
    output: { ...shape, file: 'dist/calicoctl.js' },
  },
  {
    input: 'src/drivers/sandbox/forward.ts',
    platform: 'node',
    output: { ...shape, file: 'dist/forward.js' },
  },
  {
    input: 'src/ui/run.ts',
    platform: 'node',
    external: NATIVE,
    plugins: [foundByInk],
    // Yoga would fetch its own data: URL, for which Node loads all of undici; it decodes it itself as well.
    transform: {
      define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"', fetch: 'undefined' },
    },
    output: { ...shape, file: 'dist/ui.js' },
  },
  {
    input: 'src/drivers/docker/dockerode.ts',
    platform: 'node',
    plugins: [unusedByDocker],
    output: { ...shape, file: 'dist/dockerode.js' },
  },
  {
    input: 'src/terminals/keeper.ts',
    platform: 'node',
    external: NATIVE,
    output: { ...shape, file: 'dist/terminals.js' },
  },
])
