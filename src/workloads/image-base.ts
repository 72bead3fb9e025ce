import type { Image } from './image.ts'

/** What containers find programs by when the image does not say. */
export const CONTAINER_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** An image with the usual values for what is not said. */
export function image(name: string, fields: Partial<Image>): Image {
  return {
    name,
    entrypoint: [],
    cmd: [],
    workingDir: '/',
    ports: [],
    files: [],
    nodeFolders: [],
    nodeSetup: '',
    daemon: undefined,
    writesUsr: false,
    ...fields,
    env: { PATH: CONTAINER_PATH, ...fields.env },
  }
}
