/**
 * Writes the sums that releases publish into src/assets/pins.json: of the versions that it has, and of those named, such as
 * `npm run assets:pin -- k3s=v1.30.2+k3s1`. Needs the network; a sum that is there already and differs ends it.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'

const FILE = new URL('../src/assets/pins.json', import.meta.url)
const ARCHES = ['amd64', 'arm64']
const GITHUB = 'https://github.com'

const K3S = {
  files: ARCHES.flatMap((arch) => [
    arch === 'amd64' ? 'k3s' : `k3s-${arch}`,
    `k3s-airgap-images-${arch}.tar.zst`,
  ]),
  sums: (version) =>
    ARCHES.map(
      (arch) => `${GITHUB}/k3s-io/k3s/releases/download/${encodeURIComponent(version)}/sha256sum-${arch}.txt`,
    ),
}

const CALICO = {
  files: ARCHES.map((arch) => `calicoctl-linux-${arch}`),
  sums: (version) => [`${GITHUB}/projectcalico/calico/releases/download/${version}/SHA256SUMS`],
  // Nobody publishes its sum: it is pinned as it is when it is first seen.
  texts: (version) => ({
    'calico.yaml': `https://docs.tigera.io/archive/${version.replace(/\.\d+$/, '')}/manifests/calico.yaml`,
  }),
}

async function bytesOf(url) {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`)
  return Buffer.from(await answer.arrayBuffer())
}

async function published({ files, sums, texts }, version) {
  const lists = await Promise.all(sums(version).map(async (url) => String(await bytesOf(url))))
  const lines = lists.flatMap((list) => [...list.matchAll(/^([0-9a-f]{64}) [ *](?:\.\/)?(\S+)$/gm)])
  const found = lines.filter(([, , name]) => files.includes(name)).map(([, sum, name]) => [name, sum])
  for (const [name, url] of Object.entries(texts?.(version) ?? {}))
    found.push([
      name,
      createHash('sha256')
        .update(await bytesOf(url))
        .digest('hex'),
    ])
  return Object.fromEntries(found)
}

function compare(product, version, before, after) {
  for (const [name, sum] of Object.entries(after))
    if (before[name] && before[name] !== sum)
      throw new Error(
        `${product} ${version}: ${name} is pinned as ${before[name]}, but its release says ${sum}`,
      )
}

const pins = JSON.parse(readFileSync(FILE, 'utf8'))
for (const [product, version] of process.argv.slice(2).map((word) => word.split('=')))
  pins[product][version] ??= {}
for (const [product, release] of [
  ['k3s', K3S],
  ['calico', CALICO],
]) {
  for (const [version, before] of Object.entries(pins[product])) {
    const after = await published(release, version)
    compare(product, version, before, after)
    pins[product][version] = { ...before, ...after }
  }
}
writeFileSync(FILE, `${JSON.stringify(pins, undefined, 2)}\n`)
