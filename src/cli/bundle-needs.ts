import type { Needs } from '../assets/bundle/gather.ts'
import { fullReference } from '../assets/image-name.ts'
import type { Lab } from '../lab/lab.ts'

/** `image: x` of manifests and `--image=x` of kubectl's. */
const IMAGE = /(?:\bimage:|--image[= ])\s*["']?([\w./:-]+)/g

/**
 * What labs need where there is no network: all that machines with a real cluster would download.
 * @param held labs whose images are there
 */
export function needsOf(labs: readonly Lab[], held: readonly string[] = []): Needs {
  const withCluster = labs.filter(({ cluster }) => cluster !== 'none')
  const images = withCluster
    .filter(({ id }) => !held.includes(id))
    .flatMap(imagesOf)
    .filter((name) => !name.startsWith('docker.io/calico/'))
  return {
    k3s: withCluster.length > 0,
    // A lab that installs Calico itself begins without a network.
    calico: withCluster.some(({ cluster }) => cluster === 'calico' || cluster === 'no-network'),
    images: [...new Set(images)].sort(),
  }
}

function imagesOf({ manifests, steps }: Lab): string[] {
  const texts = [...manifests.values(), ...steps.map((step) => JSON.stringify(step))]
  return texts.flatMap((text) => [...text.matchAll(IMAGE)].map(([, name = '']) => fullReference(name)))
}
