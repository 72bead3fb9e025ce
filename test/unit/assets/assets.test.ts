import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { archOf, assetsOf } from '../../../src/assets/assets.ts'
import { dueOf } from '../../../src/assets/inventory.ts'
import { fullReference } from '../../../src/assets/image-name.ts'
import pins from '../../../src/assets/pins.json' with { type: 'json' }
import { progressLines, progressText } from '../../../src/assets/progress.ts'
import { sumIn } from '../../../src/assets/published-sum.ts'
import {
  CALICO_VERSION,
  calicoctlProgram,
  K3S_VERSION,
  k3sImages,
  k3sProgram,
  k3sVersion,
  pinnedSum,
} from '../../../src/assets/releases.ts'
import { temporaryFolder } from '../../helpers/lab-folder.ts'

/** A user whose folder holds some files, and who has no network. */
function user(files: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const folder = temporaryFolder()
  onTestFinished(() => folder.remove())
  const at = (path: string) => join(folder.path, path)
  for (const path of files) {
    mkdirSync(join(at(path), '..'), { recursive: true })
    writeFileSync(at(path), path)
  }
  const inFolder = Object.fromEntries(Object.entries(env).map(([name, path]) => [name, at(path ?? '')]))
  const noNetwork = { HTTPS_PROXY: 'http://127.0.0.1:1' }
  const assets = assetsOf({
    paths: { cache: at('cache') },
    env: { ...noNetwork, ...inFolder },
    arch: 'amd64',
  })
  return { assets, at }
}

test('given files go before all others', async () => {
  const { assets, at } = user(
    ['k3s', 'images/b.tar', 'images/a.tar.zst', 'images/README', 'calico.yaml', 'ctl'],
    {
      KNET_K3S_BIN: 'k3s',
      KNET_K3S_IMAGES: 'images',
      KNET_CALICO_MANIFEST: 'calico.yaml',
      KNET_CALICO_IMAGES: 'images/b.tar',
      KNET_CALICOCTL: 'ctl',
    },
  )
  expect(await assets.k3s({})).toEqual({
    version: undefined,
    bin: at('k3s'),
    images: [at('images/a.tar.zst'), at('images/b.tar')],
    labImages: [],
  })
  expect(await assets.calicoManifest({})).toBe(at('calico.yaml'))
  expect(await assets.calicoImages({})).toEqual([at('images/b.tar')])
  expect(await assets.calicoctl({})).toBe(at('ctl'))
})

test('a given k3s without images pulls its own; given images are all that there are', async () => {
  expect(await user(['k3s'], { KNET_K3S_BIN: 'k3s' }).assets.k3s({})).toMatchObject({ images: [] })
  const { assets } = user(['all.tar'], { KNET_K3S_IMAGES: 'all.tar' })
  expect(await assets.calicoImages({})).toEqual([])
  expect(await assets.images(['nginx'], {})).toEqual([])
})

test.each([
  ['KNET_K3S_BIN', 'nowhere', 'k3s', /KNET_K3S_BIN names .*nowhere.*ENOENT/],
  ['KNET_K3S_BIN', 'images', 'k3s', /it is not a file/],
  ['KNET_K3S_IMAGES', 'empty', 'k3s', /no archive in that folder/],
  ['KNET_CALICOCTL', 'nowhere', 'calicoctl', /KNET_CALICOCTL/],
] as const)('%s that names %s is told', async (variable, path, asset, message) => {
  const { assets } = user(['k3s', 'images/a.tar', 'empty/README'], { KNET_K3S_BIN: 'k3s', [variable]: path })
  await expect(assets[asset]({})).rejects.toMatchObject({ code: 'KNET_ASSET', exitCode: 69, message })
})

test('what the cache holds needs no network; the rest says so', async () => {
  const { assets, at } = user([`cache/k3s/${K3S_VERSION}/k3s`])
  await expect(assets.k3s({})).rejects.toMatchObject({
    code: 'KNET_DOWNLOAD',
    message: expect.stringContaining(`images of k3s ${K3S_VERSION}`) as string,
    hint: expect.stringContaining('bundle load') as string,
  })
  const all = user(
    [k3sProgram(K3S_VERSION, 'amd64'), k3sImages(K3S_VERSION, 'amd64')].map(({ path }) => `cache/${path}`),
  )
  expect((await all.assets.k3s({})).version).toBe(K3S_VERSION)
  expect(readFileSync(at(`cache/k3s/${K3S_VERSION}/k3s`), 'utf8')).toContain('k3s')
})

test('another k3s can be asked for, by a version that is one', async () => {
  const { at } = user()
  const ask = (version: string) =>
    assetsOf({
      paths: { cache: at('cache') },
      env: { KNET_K3S_VERSION: version, HTTPS_PROXY: 'http://127.0.0.1:1' },
      arch: 'arm64',
    }).k3s({})
  await expect(ask('latest')).rejects.toMatchObject({ code: 'KNET_USAGE', exitCode: 64 })
  await expect(ask('v1.30.1+k3s1')).rejects.toMatchObject({
    message: expect.stringContaining('v1.30.1%2Bk3s1/sha256sum-arm64.txt') as string,
  })
})

test.each([
  ['v1.30.4+k3s2', 'v1.30.4+k3s2'],
  ['v1.30.4', 'v1.30.4+k3s1'],
  ['1.30.4-k3s2', 'v1.30.4+k3s2'],
  ['', K3S_VERSION],
])('the version "%s" is %s', (asked, version) => {
  expect(k3sVersion({ KNET_K3S_VERSION: asked })).toBe(version)
})

test.each(['v1.20.15+k3s1', 'v1.30', 'stable', 'v1.30.4+rke2r1'])('there is no version "%s"', (asked) => {
  expect(() => k3sVersion({ KNET_K3S_VERSION: asked })).toThrow(expect.objectContaining({ exitCode: 64 }))
})

test('an inventory says of each part where it comes from, and of what is to be downloaded how big it is', () => {
  const { assets, at } = user([`cache/${k3sProgram(K3S_VERSION, 'amd64').path}`, 'calico.yaml'], {
    KNET_CALICO_MANIFEST: 'calico.yaml',
  })
  const k3s = assets.inventory('k3s')
  expect(k3s).toMatchObject([
    { what: `k3s ${K3S_VERSION}`, from: 'cache', files: [at(`cache/k3s/${K3S_VERSION}/k3s`)] },
    { what: `images of k3s ${K3S_VERSION}`, from: 'download', files: [] },
  ])
  const { parts, megabytes } = dueOf(k3s)
  expect(parts).toEqual([k3s[1]])
  expect(megabytes).toBeGreaterThan(100)
  expect(assets.inventory('calico').map(({ from }) => from)).toEqual(['given', 'download', 'download'])
  expect(
    dueOf(
      user(['all.tar', 'k3s'], { KNET_K3S_BIN: 'k3s', KNET_K3S_IMAGES: 'all.tar' }).assets.inventory('k3s'),
    ),
  ).toEqual({ parts: [], megabytes: 0 })
})

test('what labs take unless told otherwise is pinned by sum, for both architectures', () => {
  const files = (['amd64', 'arm64'] as const).flatMap((arch) => [
    k3sProgram(K3S_VERSION, arch),
    k3sImages(K3S_VERSION, arch),
    calicoctlProgram(arch),
  ])
  for (const { path, sha256 } of files) {
    expect(sha256, path).toMatch(/^[0-9a-f]{64}$/)
    expect(pinnedSum(path)).toBe(sha256)
  }
  expect(new Set(files.map(({ sha256 }) => sha256)).size).toBe(files.length)
  expect(Object.keys(pins.k3s)[0]).toBe(K3S_VERSION)
  expect(Object.keys(pins.calico)).toEqual([CALICO_VERSION])
})

test('releases are files of github.com, the plus of a version escaped', () => {
  expect(k3sProgram('v1.24.1+k3s1', 'arm64')).toMatchObject({
    url: 'https://github.com/k3s-io/k3s/releases/download/v1.24.1%2Bk3s1/k3s-arm64',
    executable: true,
  })
})

test('a sum is found in what sha256sum prints', () => {
  const a = 'a'.repeat(64)
  const b = 'B'.repeat(64)
  const text = `${a}  k3s-airgap-images-amd64.tar\r\n${b} *k3s\n`
  expect(sumIn(text, 'k3s')).toBe('b'.repeat(64))
  expect(sumIn(text, 'k3s-airgap-images-amd64.tar')).toBe(a)
  expect(sumIn(text, 'images')).toBeUndefined()
  expect(sumIn('<html>', 'k3s')).toBeUndefined()
})

test('names of images are made whole as Docker does it', () => {
  expect(fullReference('nginx')).toBe('docker.io/library/nginx:latest')
  expect(fullReference('calico/node:v3.23.5')).toBe('docker.io/calico/node:v3.23.5')
  expect(fullReference('localhost:5000/a:1')).toBe('localhost:5000/a:1')
  expect(fullReference('registry.k8s.io/pause:3.9')).toBe('registry.k8s.io/pause:3.9')
})

test('a processor that k3s is not made for is told', () => {
  expect(archOf('x64')).toBe('amd64')
  expect(() => archOf('riscv64')).toThrow(/riscv64/)
})

test('progress is a line at the beginning, every few seconds and at the end', () => {
  let now = 0
  const said: string[] = []
  const tell = progressLines(
    (line) => said.push(line),
    () => now,
  )
  for (const [at, bytes] of [
    [0, 0],
    [1000, 5e6],
    [5000, 15e6],
    [6000, 20e6],
    [6001, 64e6],
    [6002, 64e6],
  ] as const) {
    now = at
    tell({ what: 'k3s', bytes, total: 64e6 })
  }
  expect(said).toEqual(['k3s: 0.0 of 64 MB (0 %)', 'k3s: 15 of 64 MB (23 %)', 'k3s: 64 of 64 MB (100 %)'])
  expect(progressText({ what: 'k3s', bytes: 1.26e6 })).toBe('k3s: 1.3 MB')
})
