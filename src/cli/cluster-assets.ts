import { readFile } from 'node:fs/promises'
import type { Assets } from '../assets/assets.ts'
import { dueOf } from '../assets/inventory.ts'
import { progressLines } from '../assets/progress.ts'
import type { AssetOptions, K3sAssets } from '../k3s/assets.ts'

/** Files of this host, or from the network, as a cluster of k3s asks for them: those for its machines' architecture. */
export function clusterAssets(open: (arch?: string) => Assets): K3sAssets {
  return {
    async k3s(options) {
      const assets = open(options.arch)
      foretell(assets, 'k3s', options)
      const { bin, images, labImages } = await assets.k3s(fetchingOf(options))
      return { bin, images: [...images, ...labImages] }
    },
    async calico(options) {
      const assets = open(options.arch)
      foretell(assets, 'calico', options)
      const fetching = fetchingOf(options)
      const manifest = await readFile(await assets.calicoManifest(fetching), 'utf8')
      return { manifest, images: await assets.calicoImages(fetching) }
    },
    calicoctl: async (options) => open(options.arch).calicoctl(fetchingOf(options)),
  }
}

const fetchingOf = ({ onProgress, signal }: AssetOptions) => ({
  onProgress: progressLines(onProgress),
  signal,
})

/** Who pays for each megabyte wants to know before, and who has no network that there is another way. */
function foretell(assets: Assets, of: 'k3s' | 'calico', { onProgress }: AssetOptions): void {
  const due = dueOf(assets.inventory(of))
  if (due.parts.length === 0) return
  const names = due.parts.map(({ what }) => what).join(', ')
  onProgress(`To be downloaded, once: ${names}; about ${due.megabytes} MB.`)
  onProgress('What is downloaded can be taken to where there is no network: knet-labs bundle create.')
}
