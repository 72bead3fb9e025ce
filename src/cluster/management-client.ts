import { request, type IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { LabError } from '../base/errors.ts'
import {
  MANAGEMENT_PREFIX,
  type ContainerLocation,
  type HealReport,
  type HealRequest,
  type NodeHealth,
  type ReadyEvent,
} from './management.ts'

/** The CLI's side of {@link ./management.ts}. */
export interface ManagementClient {
  /** Yields events until the cluster is ready or has failed. */
  ready(signal?: AbortSignal): AsyncGenerator<ReadyEvent>
  nodes(signal: AbortSignal): Promise<NodeHealth[]>
  heal(request: HealRequest, signal: AbortSignal): Promise<HealReport>
  /** @throws LabError KNET_NO_SUCH_POD when there is no such running container. */
  container(namespace: string, pod: string, container?: string): Promise<ContainerLocation>
}

export function managementClient(socketPath: string): ManagementClient {
  const call = (method: string, path: string, body?: unknown, signal?: AbortSignal) =>
    send({ socketPath, method, path: `${MANAGEMENT_PREFIX}${path}`, body, signal })
  return {
    async *ready(signal) {
      const response = await call('GET', '/ready', undefined, signal)
      for await (const line of createInterface({ input: response })) yield JSON.parse(line) as ReadyEvent
    },
    nodes: async (signal) => (await json(await call('GET', '/nodes', undefined, signal))) as NodeHealth[],
    heal: async (request, signal) => (await json(await call('POST', '/heal', request, signal))) as HealReport,
    container: async (namespace, pod, container) => {
      const query = container ? `?container=${encodeURIComponent(container)}` : ''
      const response = await call('GET', `/containers/${namespace}/${encodeURIComponent(pod)}${query}`)
      return (await json(response)) as ContainerLocation
    },
  }
}

interface Call {
  readonly socketPath: string
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly signal: AbortSignal | undefined
}

function send({ socketPath, method, path, body, signal }: Call): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { socketPath, method, path, signal, headers: { 'content-type': 'application/json' } },
      resolve,
    )
    sent.on('error', (cause) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      reject(
        new LabError('KNET_CONTROL_PLANE_GONE', {
          message: `The lab's control plane does not answer on ${socketPath}: ${cause.message}.`,
          hint: 'knet-labs stop, then start the lab again: progress is kept.',
          exitCode: 2,
          cause,
        }),
      )
    })
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

async function json(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const value: unknown = JSON.parse(Buffer.concat(chunks).toString() || 'null')
  if ((response.statusCode ?? 500) < 300) return value
  const { code = 'KNET_MANAGEMENT', message = 'the control plane refused' } = (value ?? {}) as {
    code?: string
    message?: string
  }
  throw new LabError(code, { message })
}
