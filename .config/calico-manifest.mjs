import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseAllDocuments } from 'yaml'

const MANIFEST = join(resolve(import.meta.dirname, '..'), 'labs/calico/calico-k3s.yaml')

/**
 * Puts the objects of Calico's manifest into the bundle: parsing YAML takes longer than the control plane takes to load. As a text,
 * since V8 would read objects of code in every lab.
 */
export function calicoManifestPlugin() {
  return {
    name: 'calico-manifest',
    load(id) {
      if (!id.endsWith('/src/cluster/calico-manifest.ts')) return undefined
      const objects = parseAllDocuments(readFileSync(MANIFEST, 'utf8')).map((one) => one.toJS())
      const text = JSON.stringify(JSON.stringify(objects))
      return { code: `export const calicoManifest = () => JSON.parse(${text})`, moduleType: 'js' }
    },
  }
}
