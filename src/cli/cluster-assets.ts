import { readFile } from 'node:fs/promises'
import type { Assets } from '../assets/assets.ts'
import { progressLines } from '../assets/progress.ts'
import type { K3sAssets } from '../k3s/assets.ts'

/** Files of this host, or from the network, as a cluster of k3s asks for them. */
export function clusterAssets(assets: () => Assets): K3sAssets {
  return {
    async k3s({ onProgress, signal }) {
      const { bin, images, labImages } = await assets().k3s({ onProgress: progressLines(onProgress), signal })
      return { bin, images: [...images, ...labImages] }
    },
    async calico({ onProgress, signal }) {
      const fetching = { onProgress: progressLines(onProgress), signal }
      const manifest = await readFile(await assets().calicoManifest(fetching), 'utf8')
      return { manifest, images: await assets().calicoImages(fetching) }
    },
    calicoctl: ({ onProgress, signal }) =>
      assets().calicoctl({ onProgress: progressLines(onProgress), signal }),
  }
}
