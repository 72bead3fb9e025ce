import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { imageName } from '../../src/elsewhere/container/image.ts'
import { stagePackage } from '../../src/elsewhere/package.ts'
import { findProgram } from '../../src/machine/packages.ts'
import { version } from '../../src/cli/version.ts'
import { sharedDaemon } from './docker-lab.ts'
import { importTar } from './dockerd.ts'
import { builtNodeImage } from './node-image.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** What is the Docker Hub's Node image elsewhere, with kubectl as there is no network to get it from. */
const BASE = `ARG BASE
FROM \${BASE}
COPY node kubectl /usr/local/bin/
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
`

/** Builds the container's image as a start does, by the package's Dockerfile, on another base. */
export async function builtSandboxImage(folder: string): Promise<void> {
  const { docker, socket } = sharedDaemon()
  const { name, tar } = await builtNodeImage()
  await importTar(docker, tar, name)
  const build = (...args: string[]) =>
    execFileSync('docker', ['build', '--quiet', ...args], {
      env: { ...process.env, DOCKER_HOST: `unix://${socket}` },
      stdio: 'pipe',
    })
  const base = join(folder, 'base')
  mkdirSync(base)
  const node = realpathSync(process.execPath)
  cpSync(node, join(base, 'node'))
  cpSync(realpathSync(findProgram('kubectl', process.env['PATH'] ?? '') ?? 'kubectl'), join(base, 'kubectl'))
  cpSync(realpathSync(join(dirname(node), '../lib/node_modules/npm')), join(base, 'npm'), { recursive: true })
  writeFileSync(join(base, 'Dockerfile'), BASE)
  build('--build-arg', `BASE=${name}`, '--tag', 'knet-base:test', base)
  const staged = join(folder, 'package')
  stagePackage({ packageRoot: ROOT, labs: join(ROOT, 'labs') }, staged)
  const tag = imageName({ packageRoot: staged, version: version(), env: {} })
  const dockerfile = join(staged, 'images/sandbox/Dockerfile')
  build('--build-arg', 'BASE=knet-base:test', '--tag', tag, '--file', dockerfile, staged)
}
