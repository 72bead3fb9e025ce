import { setTimeout as delay } from 'node:timers/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { LabError, messageOf } from '../base/errors.ts'
import type { ApiServer } from '../kube/api/api-server.ts'
import { ApiError } from '../kube/client.ts'
import type { PodAccess } from '../kube/pod-access.ts'
import { MANAGEMENT_PREFIX, type HealRequest, type HealReport, type NodeHealth } from './management.ts'
import type { NodeServices } from './node-services.ts'
import { brokenPaths } from './pod-paths.ts'
import type { Readiness } from './readiness.ts'

interface Served {
  readonly readiness: Readiness
  readonly nodes: readonly NodeServices[]
  readonly podAccess: PodAccess
  /** All pods may speak with each other: no policy and no missing route is what a lab means to show. */
  readonly isOpen: boolean
}

/** Serves {@link ./management.ts} on the API server's unix socket. */
export function serveManagement(api: ApiServer, served: Served): void {
  api.handle(MANAGEMENT_PREFIX, (request, response) => {
    void answer(served, request, response).catch((thrown: unknown) => refuse(response, thrown))
  })
}

async function answer(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://knet')
  const [what, ...rest] = url.pathname.slice(MANAGEMENT_PREFIX.length + 1).split('/')
  const call = `${request.method} ${what}`
  if (call === 'GET ready') streamReadiness(served.readiness, response)
  else if (call === 'GET nodes') send(response, 200, await Promise.all(served.nodes.map(healthOf)))
  else if (call === 'POST heal')
    send(response, 200, await heal(served, (await bodyOf(request)) as HealRequest))
  else if (call === 'GET containers') {
    const [namespace = '', name = ''] = rest.map(decodeURIComponent)
    const container = url.searchParams.get('container') ?? undefined
    send(response, 200, served.podAccess.containerPid({ namespace, name }, container))
  } else send(response, 404, { code: 'KNET_MANAGEMENT', message: `no such call: ${call}` })
}

/** A node whose agent was stopped lives and says nothing. */
const SILENT_AFTER_MS = 10_000

async function healthOf(node: NodeServices): Promise<NodeHealth> {
  const says = node.succeeds('[ -e /sys/class/net/eth0 ]').catch(() => false)
  const wired = await Promise.race([says, delay(SILENT_AFTER_MS, false, { ref: false })])
  return { name: node.name, alive: node.alive, wired }
}

function streamReadiness(readiness: Readiness, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  const stop = readiness.follow((event) => {
    response.write(`${JSON.stringify(event)}\n`)
    if (event.type === 'ready' || event.type === 'failed') response.end()
  })
  response.on('close', () => stop())
}

async function heal({ nodes, isOpen }: Served, { rebuilt }: HealRequest): Promise<HealReport> {
  const reports = await Promise.all(nodes.map((node) => node.heal(rebuilt.includes(node.name))))
  const paths = isOpen ? await brokenPaths(nodes) : []
  return { mended: reports.flat(), broken: paths.map((path) => `no packet came from ${path}`) }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString() || '{}')
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function refuse(response: ServerResponse, thrown: unknown): void {
  const code =
    thrown instanceof LabError ? thrown.code : thrown instanceof ApiError ? 'KNET_NO_SUCH_POD' : 'KNET_BUG'
  if (response.headersSent) response.end()
  else send(response, thrown instanceof ApiError ? thrown.code : 500, { code, message: messageOf(thrown) })
}
