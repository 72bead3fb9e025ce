import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, inject, onTestFinished, test } from 'vitest'
import { Stranger, type CliResult } from '../helpers/cli.ts'
import { TestDockerd } from '../helpers/dockerd.ts'
import { fakeInternet } from '../helpers/fake-internet.ts'
import { temporaryFolder } from '../helpers/lab-folder.ts'
import { serveRanges } from '../helpers/web-server.ts'
import { whyNoCalico } from './given-calico.ts'
import { airgapArchive, givenImages, registryOf } from './given-images.ts'
import { whyNoK3s } from './real-cluster.ts'

beforeEach(({ skip }) => {
  skip(whyNoK3s() !== undefined, whyNoK3s())
  skip(!process.env['KNET_K3S_IMAGES'], 'KNET_K3S_IMAGES names no images: a room without a network has none')
})

/** None is pinned for it: the sums that its release publishes count. */
const VERSION = 'v1.99.0+k3s1'
const RELEASE = `github.com/k3s-io/k3s/releases/download/${encodeURIComponent(VERSION)}`
const ARCH = process.arch === 'x64' ? 'amd64' : process.arch
const [PROGRAM, ARCHIVE] = [ARCH === 'amd64' ? 'k3s' : `k3s-${ARCH}`, `k3s-airgap-images-${ARCH}.tar.zst`]

const timeoutMs = 600_000
const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const ok = (result: CliResult) => expect(result, result.stderr).toMatchObject({ code: 0 })

/** Nothing is given: all that is not in a bundle or in a cache comes from the world. */
const NOTHING = {
  KNET_K3S_BIN: '',
  KNET_K3S_IMAGES: '',
  KNET_K3S_VERSION: '',
  KNET_CALICO_MANIFEST: '',
  KNET_CALICOCTL: '',
  KNET_NODE_IMAGE: '',
  XDG_CACHE_HOME: '',
}

function stranger(env: NodeJS.ProcessEnv, through: readonly string[] = []): Stranger {
  const made = new Stranger({ ...NOTHING, ...env }, through)
  onTestFinished(() => made.leave())
  return made
}

function provided() {
  const k3s = inject('k3s')
  if ('missing' in k3s) throw new Error(k3s.missing)
  return k3s
}

/** With a network: releases and a registry that have the given k3s and the given images. */
async function teacher(): Promise<Stranger> {
  const folder = temporaryFolder()
  onTestFinished(() => folder.remove())
  const given = givenImages(folder.path)
  const registry = registryOf(given)
  const pages: Record<string, Buffer> = {
    [PROGRAM]: readFileSync(process.env['KNET_K3S_BIN'] ?? ''),
    [ARCHIVE]: airgapArchive(given, join(folder.path, 'airgap.tar.zst')),
  }
  const sums = Object.entries(pages).map(([name, bytes]) => `${sum(bytes)}  ${name}\n`)
  pages[`sha256sum-${ARCH}.txt`] = Buffer.from(sums.join(''))
  const { env } = await fakeInternet(['github.com', 'registry-1.docker.io'], (address, request, response) => {
    const page = address.startsWith(`${RELEASE}/`) ? pages[address.slice(RELEASE.length + 1)] : undefined
    if (page) serveRanges(page, request, response)
    else registry(address, request, response)
  })
  const { socket } = provided()
  return stranger({ ...env, DOCKER_HOST: `unix://${socket}`, KNET_K3S_VERSION: VERSION, no_proxy: '' })
}

/** Without one: a daemon that has no image, and a learner on its computer, which has no way out. */
async function roomWithoutNetwork(): Promise<Stranger> {
  const room = new TestDockerd()
  await room.start()
  onTestFinished(() => room.leave())
  return stranger(room.env, ['nsenter', `--net=/proc/${room.pid}/ns/net`, '--'])
}

/** That a node has these images, and pods of them run there. */
async function runs(learner: Stranger, node: string, images: readonly string[]): Promise<void> {
  const kubectl = (...args: string[]) => learner.run(['kubectl', ...args], { timeoutMs })
  const overrides = `--overrides={"spec":{"nodeName":"${node}"}}`
  for (const [n, image] of images.entries()) {
    const command = image.includes('busybox') ? ['--', 'sleep', '600'] : []
    ok(await kubectl('run', `${node}-${n}`, `--image=${image}`, overrides, ...command))
  }
  ok(await kubectl('wait', '--for=condition=Ready', 'pods', '--all', '--timeout=300s'))
}

interface Made {
  readonly file: string
  readonly files: readonly { readonly role: string; readonly name?: string }[]
}

test('where there is no network a lab comes up from a bundle, and every image that labs name runs', async () => {
  const rich = await teacher()
  const made = await rich.run(['bundle', 'create', '--labs', 'flannel,services', '--json'], { timeoutMs })
  ok(made)
  const { file, files } = JSON.parse(made.stdout) as Made
  const learner = await roomWithoutNetwork()
  ok(await learner.run(['bundle', 'load', file], { timeoutMs }))
  expect(existsSync(join(learner.home, '.cache/knet-labs/bundle/knet-bundle.json'))).toBe(true)
  ok(await learner.run(['start', 'flannel', '--driver', 'docker', '--detach'], { timeoutMs }))
  const images = files.filter(({ role }) => role === 'image').map(({ name = '' }) => name)
  expect(images).toEqual(['docker.io/paulbouwer/hello-kubernetes:1.10.1'])
  for (const node of ['node0', 'node1', 'node2']) await runs(learner, node, images)
  ok(await learner.run(['stop', 'flannel'], { timeoutMs }))
})

test('what somebody was given makes a bundle too: a lab with Calico comes up from it', async ({ skip }) => {
  skip(whyNoCalico() !== undefined, whyNoCalico())
  const names = ['KNET_K3S_BIN', 'KNET_K3S_IMAGES', 'KNET_CALICO_MANIFEST', 'KNET_CALICOCTL']
  const given = Object.fromEntries(names.map((name) => [name, process.env[name]]))
  const poor = stranger({
    ...given,
    DOCKER_HOST: `unix://${provided().socket}`,
    HTTPS_PROXY: 'http://127.0.0.1:1',
  })
  const made = await poor.run(['bundle', 'create', '--labs', 'policy', '--json'], { timeoutMs })
  ok(made)
  const learner = await roomWithoutNetwork()
  ok(await learner.run(['bundle', 'load', (JSON.parse(made.stdout) as Made).file], { timeoutMs }))
  ok(await learner.run(['start', 'policy', '--driver', 'docker', '--detach'], { timeoutMs }))
  await runs(learner, 'calico-node1', ['nginx:1.27', 'busybox:1.36', 'paulbouwer/hello-kubernetes:1.10.1'])
  ok(await learner.run(['stop', 'policy'], { timeoutMs }))
})
