import type { Image, ImageCatalogue } from './image.ts'
import { image } from './image-base.ts'
import { busyboxImage } from './image-busybox.ts'
import { calicoImages } from './image-calico.ts'
import { helloImage } from './image-hello.ts'
import { nginxImage } from './image-nginx.ts'
import { names } from './reference.ts'

/** Where the node keeps Node and the bundle of our workloads (main.ts). */
export interface OwnProgram {
  /** Absolute path on the node. */
  readonly node: string
  /** Absolute path on the node. */
  readonly bundle: string
  /** The folder that holds both; containers that run our programs see it at the same place. */
  readonly folder: string
}

/** The images of one node. @param nodeName what its pods say where they run. */
export function imageCatalogue(nodeName: string, own: OwnProgram): ImageCatalogue {
  const images = makeImages(nodeName, own)
  return {
    names: images.map(({ name }) => name),
    find: (reference) => images.find(({ name }) => names(reference, name)),
  }
}

/** Without this Node parses all authorities that it is shipped with at its first TLS connection: 45 ms. */
const NODE_OPTIONS = ['--use-openssl-ca']

function makeImages(nodeName: string, own: OwnProgram): Image[] {
  const nodeFolders = [{ source: own.folder, target: own.folder }]
  const workload = (name: string) => [own.node, ...NODE_OPTIONS, own.bundle, name]
  return [
    helloImage(nodeName),
    busyboxImage('busybox'),
    busyboxImage('alpine', { cmd: ['/bin/sh'] }),
    nginxImage(),
    image('e2e-test-images/agnhost', {
      entrypoint: workload('agnhost'),
      cmd: ['pause'],
      ports: [8080],
      nodeFolders,
    }),
    image('netshoot', { cmd: ['sh', '-c', 'command -v bash >/dev/null && exec bash; exec sh'], nodeFolders }),
    image('pause', { entrypoint: ['sh', '-c', "trap 'exit 0' TERM INT; sleep infinity & wait"] }),
    ...calicoImages(),
    image('coredns', { entrypoint: workload('coredns'), ports: [53], nodeFolders }),
  ]
}
