import type { ImageCatalogue } from './image.ts'

/** Why an image can't be pulled, for the pod's events; what to use instead. */
export function imageProblem(images: ImageCatalogue, reference: string): string {
  return (
    `the sandbox has no image "${reference}" and downloads none. ` +
    `It has ${images.names.join(', ')}. With --driver docker, any image runs.`
  )
}
