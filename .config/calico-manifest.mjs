import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseAllDocuments } from 'yaml'

const MANIFEST = join(resolve(import.meta.dirname, '..'), 'labs/calico/calico-k3s.yaml')

/** Puts the objects of Calico's manifest into the bundle: parsing YAML takes longer than the control plane takes to load. */
export function calicoManifestPlugin() {
  return {
    name: 'calico-manifest',
    load(id) {
      if (!id.endsWith('/src/cluster/calico-manifest.ts')) return undefined
      const objects = parseAllDocuments(readFileSync(MANIFEST, 'utf8')).map((one) => one.toJS())
      return { code: `export const CALICO_MANIFEST = ${JSON.stringify(objects)}`, moduleType: 'js' }
    },
  }
}
