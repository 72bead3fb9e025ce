import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { serveRanges, webServer, type Asked } from './web-server.ts'

/** An image in a registry: layers by architecture. */
export type Layers = Readonly<Record<string, readonly Buffer[]>>

const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

const GZIP = Buffer.from([0x1f, 0x8b])

const isPacked = (layer: Buffer) => layer.subarray(0, 2).equals(GZIP)
const unpacked = (layer: Buffer) => (isPacked(layer) ? gunzipSync(layer) : layer)

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
const LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'

/** Answers requests for one image as a registry does (OCI distribution specification), that of `/v2/<name>/`. */
export function serveImage(
  tag: string,
  layers: Layers,
  { corrupt = false } = {},
): (path: string, request: IncomingMessage, response: ServerResponse) => void {
  const blobs = new Map<string, Buffer>()
  const store = (bytes: Buffer, content = bytes) => {
    const digest = digestOf(bytes)
    blobs.set(digest, content)
    return { digest, size: bytes.length }
  }
  const manifests = Object.entries(layers).map(([architecture, contents]) => {
    const rootfs = { type: 'layers', diff_ids: contents.map((bytes) => digestOf(unpacked(bytes))) }
    const config = {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      ...store(Buffer.from(JSON.stringify({ architecture, os: 'linux', config: {}, rootfs }))),
    }
    const stored = contents.map((bytes) => ({
      mediaType: `application/vnd.docker.image.rootfs.diff.tar${isPacked(bytes) ? '.gzip' : ''}`,
      ...store(bytes, corrupt ? Buffer.alloc(bytes.length) : bytes),
    }))
    const manifest = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers: stored }),
    )
    return { ...store(manifest), mediaType: MANIFEST, platform: { os: 'linux', architecture } }
  })
  const list = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: LIST, manifests }))
  return (path, request, response) => {
    const [kind = '', name = ''] = path.split('/')
    const isList = kind === 'manifests' && name === tag
    const found = isList ? list : blobs.get(name)
    if (!found) response.writeHead(404).end('{}')
    else if (kind === 'blobs') serveRanges(found, request, response)
    else response.writeHead(200, { 'content-type': isList ? LIST : MANIFEST }).end(found)
  }
}

/** A registry with one image, that wants a token, for as long as a test takes. */
export async function registry(
  image: string,
  layers: Layers,
  options: { corrupt?: boolean } = {},
): Promise<{ reference: string; asked: Asked[] }> {
  const [name = '', tag = ''] = image.split(':')
  const serve = serveImage(tag, layers, options)
  const { url, asked } = await webServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://registry')
    const scope = `repository:${name}:pull`
    if (pathname === '/token') {
      response.end(JSON.stringify({ token: searchParams.get('scope') }))
    } else if (request.headers.authorization === `Bearer ${scope}`) {
      serve(pathname.slice(`/v2/${name}/`.length), request, response)
    } else {
      const challenge = `Bearer realm="http://${request.headers.host}/token",service="r",scope="${scope}"`
      response.writeHead(401, { 'www-authenticate': challenge }).end()
    }
  })
  return { reference: `${new URL(url).host}/${image}`, asked }
}
