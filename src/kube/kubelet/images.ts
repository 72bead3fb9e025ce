import { createHash } from 'node:crypto'

/** An image's full name: nginx is docker.io/library/nginx:latest. */
export function canonicalImage(image: string): string {
  const [first = '', ...rest] = image.split('/')
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const name = hasRegistry ? image : rest.length > 0 ? `docker.io/${image}` : `docker.io/library/${image}`
  return /[:@]/.test(name.split('/').at(-1) ?? '') ? name : `${name}:latest`
}

/** Stands for the digest that a real image would have: the same for the same name. */
export function imageId(image: string): string {
  return `sha256:${createHash('sha256').update(canonicalImage(image)).digest('hex')}`
}
