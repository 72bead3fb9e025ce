import { existsSync } from 'node:fs'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { imageArchive } from '../../src/assets/image-archive.ts'
import { tarOf } from '../../src/drivers/docker/tar.ts'
import { hostExec } from '../../src/machine/host.ts'
import { findProgram } from '../../src/machine/packages.ts'
import { sharedDaemon, whyNoDocker } from '../helpers/docker-lab.ts'
import { temporaryFolder } from '../helpers/lab-folder.ts'
import { registry } from '../helpers/registry.ts'

beforeEach(({ skip }) => skip(whyNoDocker() !== undefined, whyNoDocker()))

const ARCH = process.arch === 'x64' ? 'amd64' : 'arm64'

/** An image of two layers, one compressed, out of a registry. */
async function pulledImage(): Promise<{ archive: string; reference: string }> {
  const folder = temporaryFolder()
  onTestFinished(() => folder.remove())
  const layers = [
    gzipSync(tarOf([{ path: 'one', content: 'from the first layer' }])),
    tarOf([{ path: 'two', content: 'from the second' }]),
  ]
  const { reference } = await registry('calico/node:v3', { [ARCH]: layers })
  return { reference, archive: await imageArchive(reference, ARCH, folder.path, { env: {} }) }
}

test('Docker loads an image of a registry, under its name, with all its layers', async () => {
  const { archive, reference } = await pulledImage()
  const { docker } = sharedDaemon()
  const answer = await docker.loadImage(createReadStream(archive), { quiet: true })
  let said = ''
  for await (const chunk of answer) said += String(chunk)
  expect(said).toContain(reference)
  const { RootFS, Architecture } = await docker.getImage(reference).inspect()
  expect({ layers: RootFS.Layers?.length, Architecture }).toEqual({ layers: 2, Architecture: ARCH })
  const container = await docker.createContainer({ Image: reference, Cmd: ['none'] })
  onTestFinished(() => container.remove())
  const files = await Promise.all(['one', 'two'].map((path) => container.infoArchive({ path: `/${path}` })))
  expect(files).toHaveLength(2)
})

test('containerd imports it as k3s does, under its name, and misses nothing', async ({ skip }) => {
  const socket = join(sharedDaemon().socket, '../exec/containerd/containerd.sock')
  skip(
    !findProgram('ctr', process.env['PATH'] ?? '') || !existsSync(socket),
    'no ctr, or no containerd of its own',
  )
  const { archive, reference } = await pulledImage()
  const ctr = async (...words: string[]) => {
    const { exitCode, stdout, stderr } = await hostExec([
      'ctr',
      '--address',
      socket,
      '--namespace',
      'k8s.io',
      ...words,
    ])
    expect(exitCode, stderr).toBe(0)
    return stdout
  }
  await ctr('images', 'import', '--all-platforms', archive)
  expect(await ctr('images', 'check', `name==${reference}`)).toMatch(/ complete \(\d/)
  await ctr('images', 'remove', '--sync', reference)
})
