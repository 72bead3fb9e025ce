import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { givenArchives, givenFile } from '../../src/assets/given.ts'
import { fullReference } from '../../src/assets/image-name.ts'

const env = process.env

/** Why labs with Calico can't be run on a real k3s here, for `skip` of a test's context: what they need is downloaded for people, never for tests. */
export function whyNoCalico(): string | undefined {
  const manifest = givenFile(env, 'KNET_CALICO_MANIFEST')
  if (manifest === undefined) return 'KNET_CALICO_MANIFEST names no manifest of Calico'
  if (givenFile(env, 'KNET_CALICOCTL') === undefined) return 'KNET_CALICOCTL names no calicoctl'
  const given = (['KNET_K3S_IMAGES', 'KNET_CALICO_IMAGES'] as const).flatMap(
    (variable) => givenArchives(env, variable) ?? [],
  )
  const there = new Set(given.flatMap(namesIn))
  const lacking = imagesOf(manifest).filter((name) => !there.has(name))
  if (lacking.length === 0) return undefined
  return `neither KNET_K3S_IMAGES nor KNET_CALICO_IMAGES has ${lacking.join(', ')}, which KNET_CALICO_MANIFEST runs`
}

function imagesOf(manifest: string): string[] {
  const words = readFileSync(manifest, 'utf8').matchAll(/^[ -]*image: *["']?([^\s"']+)/gm)
  return [...new Set([...words].map(([, name = '']) => fullReference(name)))]
}

/** Of the images in an archive of `docker save`'s. */
function namesIn(archive: string): string[] {
  const text = execFileSync('tar', ['--extract', '--to-stdout', '--file', archive, 'manifest.json'], {
    encoding: 'utf8',
  })
  const images = JSON.parse(text) as readonly { readonly RepoTags: readonly string[] | null }[]
  return images.flatMap(({ RepoTags }) => RepoTags ?? []).map(fullReference)
}
