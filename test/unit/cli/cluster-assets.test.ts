import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { archOf, assetsOf } from '../../../src/assets/assets.ts'
import { clusterAssets } from '../../../src/cli/cluster-assets.ts'
import { temporaryFolder } from '../../helpers/lab-folder.ts'

/** What a start says when it asks for k3s, on a host without a network. */
async function saidOf(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = temporaryFolder()
  onTestFinished(() => folder.remove())
  const given = Object.entries(files).map(([variable, name]) => [variable, join(folder.path, name)] as const)
  for (const [, path] of given) writeFileSync(path, '')
  const env = { HTTPS_PROXY: 'http://127.0.0.1:1', ...Object.fromEntries(given) }
  const assets = clusterAssets((arch) => assetsOf({ paths: { cache: folder.path }, env, arch: archOf(arch) }))
  const said: string[] = []
  const options = {
    onProgress: (line: string) => void said.push(line),
    signal: new AbortController().signal,
    arch: 'arm64',
  }
  await assets.k3s(options).catch((thrown: Error) => said.push(thrown.message))
  return said
}

test('before anything is downloaded its size is said, and the way without a network; for the machines’ architecture', async () => {
  const said = await saidOf({})
  expect(said).toMatchObject([
    expect.stringMatching(/^To be downloaded, once: k3s v\S+, images of k3s v\S+; about \d+ MB\.$/),
    expect.stringContaining('knet-labs bundle create'),
    expect.stringContaining('/k3s-arm64: the proxy'),
  ])
})

test('what is here is taken without a word', async () => {
  expect(await saidOf({ KNET_K3S_BIN: 'k3s', KNET_K3S_IMAGES: 'images.tar' })).toEqual([])
})
