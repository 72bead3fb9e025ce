import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { assetsOf } from '../../../src/assets/assets.ts'
import type { BundleManifest } from '../../../src/assets/bundle/bundle-manifest.ts'
import { describe as describeFile, gather } from '../../../src/assets/bundle/gather.ts'
import {
  adoptBundle,
  loadedBundle,
  removeBundle,
  stagingFolder,
} from '../../../src/assets/bundle/loaded-bundle.ts'
import { readBundleManifest, unpackBundle } from '../../../src/assets/bundle/read-bundle.ts'
import { writeBundle } from '../../../src/assets/bundle/write-bundle.ts'
import { dueOf } from '../../../src/assets/inventory.ts'
import { K3S_VERSION } from '../../../src/assets/releases.ts'
import { temporaryFolder } from '../../helpers/lab-folder.ts'

const CONTENTS = {
  k3s: 'a program'.repeat(30_000),
  'images.tar': 'images',
  ctl: 'calicoctl',
  'calico.yaml': '',
}

/** A folder with given files and a bundle of them. */
async function bundled() {
  const folder = temporaryFolder()
  onTestFinished(() => folder.remove())
  const at = (path: string) => join(folder.path, path)
  for (const [name, content] of Object.entries(CONTENTS)) writeFileSync(at(name), content)
  const env = {
    KNET_K3S_BIN: at('k3s'),
    KNET_K3S_IMAGES: at('images.tar'),
    KNET_CALICO_MANIFEST: at('calico.yaml'),
    KNET_CALICOCTL: at('ctl'),
  }
  const assets = assetsOf({ paths: { cache: at('cache') }, env, arch: 'amd64' })
  const { files } = await gather(assets, { k3s: true, calico: true, images: ['nginx'] }, {})
  const listed = await Promise.all(files.map((file, index) => describeFile(file, index, at('cache'))))
  const manifest: BundleManifest = {
    format: 1,
    knetLabs: '0.1.0',
    arch: 'amd64',
    labs: ['flannel'],
    files: listed,
  }
  const sources = new Map(files.map(({ source }, index) => [listed[index]?.path ?? '', source]))
  await writeBundle(at('b.tar'), manifest, sources, {})
  return { at, manifest, sources, bundle: at('b.tar') }
}

test('a bundle holds all that was given, and tar can read it', async () => {
  const { at, bundle, manifest } = await bundled()
  expect(manifest.files.map(({ role }) => role)).toEqual([
    'k3s',
    'k3s-images',
    'calico-manifest',
    'calicoctl',
  ])
  expect(await readBundleManifest(bundle)).toEqual(manifest)
  const names = execFileSync('tar', ['--list', '--file', bundle], { encoding: 'utf8' }).trim().split('\n')
  expect(names).toEqual(['knet-bundle.json', ...manifest.files.map(({ path }) => path)])
  expect(await unpackBundle(bundle, at('out'), {})).toEqual(manifest)
  const paths = manifest.files.map(({ path }) => at(`out/${path}`))
  expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual([
    CONTENTS.k3s,
    CONTENTS['images.tar'],
    CONTENTS['calico.yaml'],
    CONTENTS.ctl,
  ])
  expect(paths.map((path) => (statSync(path).mode & 0o100) !== 0)).toEqual([true, false, false, true])
})

test('a loaded bundle is taken before anything is downloaded, until it is removed', async () => {
  const { at, bundle } = await bundled()
  const cache = at('elsewhere')
  const staging = await stagingFolder(cache)
  await adoptBundle(cache, staging, await unpackBundle(bundle, staging, {}))
  const env = { HTTPS_PROXY: 'http://127.0.0.1:1' }
  const assets = assetsOf({ paths: { cache }, env, arch: 'amd64' })
  const { bin, images } = await assets.k3s({})
  expect(readFileSync(bin, 'utf8')).toBe(CONTENTS.k3s)
  expect(images.map((path) => readFileSync(path, 'utf8'))).toEqual(['images'])
  expect(readFileSync(await assets.calicoctl({}), 'utf8')).toBe('calicoctl')
  // Who made it gave archives that hold all images: the bundle has no others, and needs none.
  expect(await assets.calicoImages({})).toEqual([])
  expect(assets.labsHeld()).toEqual(['flannel'])
  expect(dueOf([...assets.inventory('k3s'), ...assets.inventory('calico')]).parts).toEqual([])
  expect(loadedBundle(cache, 'arm64')).toBeUndefined()
  expect(await removeBundle(cache)).toBe(true)
  expect(await removeBundle(cache)).toBe(false)
  expect(readdirSync(cache)).toEqual([])
  await expect(assetsOf({ paths: { cache }, env, arch: 'amd64' }).k3s({})).rejects.toMatchObject({
    code: 'KNET_DOWNLOAD',
  })
})

test('a bundle’s k3s is taken for its own version, and for no other one that is asked for', async () => {
  const { at, bundle } = await bundled()
  const manifest = await unpackBundle(bundle, at('cache/staging'), {})
  await adoptBundle(at('cache'), at('cache/staging'), { ...manifest, k3sVersion: 'v1.30.4+k3s1' })
  const asking = (version: string) => {
    const env = { HTTPS_PROXY: 'http://127.0.0.1:1', KNET_K3S_VERSION: version }
    return assetsOf({ paths: { cache: at('cache') }, env, arch: 'amd64' })
  }
  expect(await asking('v1.30.4').k3s({})).toMatchObject({ version: 'v1.30.4+k3s1' })
  expect([asking('v1.30.4').labsHeld(), asking('v1.30.5').labsHeld()]).toEqual([['flannel'], []])
  await expect(asking('v1.30.5').k3s({})).rejects.toMatchObject({ code: 'KNET_DOWNLOAD' })
})

test('of a given k3s without images there is no bundle: it would pull them', async () => {
  const { at } = await bundled()
  const env = { KNET_K3S_BIN: at('k3s') }
  const assets = assetsOf({ paths: { cache: at('cache') }, env, arch: 'amd64' })
  await expect(gather(assets, { k3s: true, calico: false, images: [] }, {})).rejects.toMatchObject({
    code: 'KNET_ASSET',
    hint: expect.stringContaining('export KNET_K3S_IMAGES=') as string,
  })
})

test('what a load that was killed has left is removed by the next, and taken for nothing', async () => {
  const { at } = await bundled()
  const [dead, alive] = [4194305, 1].map((pid) => at(`cache/bundle-new.${pid}.making`))
  for (const folder of [dead, alive]) mkdirSync(folder ?? '', { recursive: true })
  expect(loadedBundle(at('cache'))).toBeUndefined()
  expect(existsSync(await stagingFolder(at('cache')))).toBe(false)
  expect([dead, alive].map((folder) => existsSync(folder ?? ''))).toEqual([false, true])
})

test('of two that are loaded at once one is there, whole', async () => {
  const { at, bundle } = await bundled()
  const both = ['one', 'two'].map(async (name) => {
    const manifest = await unpackBundle(bundle, at(`cache/${name}`), {})
    await adoptBundle(at('cache'), at(`cache/${name}`), { ...manifest, knetLabs: name })
  })
  await Promise.all(both)
  const loaded = loadedBundle(at('cache'))
  expect(['one', 'two']).toContain(loaded?.manifest.knetLabs)
  expect(readFileSync(loaded?.file('calicoctl') ?? '', 'utf8')).toBe('calicoctl')
})

const refused = { code: 'KNET_BUNDLE', exitCode: 69 }

test('a bundle that is cut off anywhere is refused', async () => {
  const { at, bundle } = await bundled()
  const { size } = statSync(bundle)
  for (const length of [size - 1024, size - 2000, 200_000, 2000, 700, 100, 0]) {
    truncateSync(bundle, length)
    await expect(unpackBundle(bundle, at(`out-${length}`), {}), `${length}`).rejects.toMatchObject(refused)
  }
})

test('a bundle with a byte changed is refused, with both sums where it is one of a file', async () => {
  const { at, bundle, manifest } = await bundled()
  const bytes = readFileSync(bundle)
  const change = (offset: number) => {
    const changed = Buffer.from(bytes)
    changed[offset] = (changed[offset] ?? 0) ^ 1
    writeFileSync(bundle, changed)
    return expect(unpackBundle(bundle, at(`out-${offset}`), {}), `${offset}`).rejects
  }
  await change(100_000).toMatchObject({
    ...refused,
    message: expect.stringContaining(manifest.files[0]?.sha256 ?? '') as string,
  })
  // In the name of the first file, in the list, and in the name of the second.
  await change(3).toMatchObject(refused)
  await change(515).toMatchObject(refused)
  await change(bytes.indexOf('given/1-images.tar\0')).toMatchObject(refused)
})

test('what is no bundle is told', async () => {
  const { at } = await bundled()
  writeFileSync(at('text'), 'hello'.repeat(1000))
  await expect(readBundleManifest(at('text'))).rejects.toMatchObject(refused)
  await expect(readBundleManifest(at('nowhere'))).rejects.toMatchObject(refused)
  execFileSync('tar', ['--create', '--file', at('other.tar'), '--directory', at('.'), 'k3s'])
  await expect(readBundleManifest(at('other.tar'))).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining('knet-bundle.json is not its first file') as string,
  })
})

const hostile = (change: (manifest: BundleManifest) => unknown) => async () => {
  const { bundle, manifest, sources, at } = await bundled()
  const changed = change(manifest) as BundleManifest
  const moved = changed.files.map(({ path }, n) => [path, [...sources.values()][n] ?? ''] as const)
  await writeBundle(bundle, changed, new Map(moved), {})
  await expect(unpackBundle(bundle, at('out'), {})).rejects.toMatchObject(refused)
}

const withPath = (path: string) =>
  hostile((manifest) => ({
    ...manifest,
    files: manifest.files.map((file, n) => (n === 0 ? { ...file, path } : file)),
  }))

test('a list that would write outside its folder is refused', withPath('../../k3s'))
test('a list with an absolute path is refused', withPath('/etc/k3s'))
test(
  'a list of a format to come is refused',
  hostile((manifest) => ({ ...manifest, format: 2 })),
)
test(
  'a list that lacks something is refused',
  hostile(({ arch, files }) => ({ format: 1, arch, files })),
)
test('another k3s under a pinned version is refused', withPath(`k3s/${K3S_VERSION}/k3s`))

test('k3s of a pinned version that is not the published one is refused when a bundle is made', async () => {
  const { at } = await bundled()
  const path = at(`cache/k3s/${K3S_VERSION}/k3s`)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, 'changed since')
  await expect(describeFile({ role: 'k3s', source: path }, 0, at('cache'))).rejects.toMatchObject({
    code: 'KNET_CHECKSUM',
  })
})

test('a file that changes while a bundle is written leaves no bundle', async () => {
  const { at, manifest, sources } = await bundled()
  writeFileSync(at('ctl'), 'longer than before')
  await expect(writeBundle(at('new.tar'), manifest, sources, {})).rejects.toMatchObject(refused)
  expect(readdirSync(at('.')).filter((name) => name.startsWith('new.tar'))).toEqual([])
})
