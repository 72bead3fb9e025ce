import type { Agent } from 'node:http'
import Docker from 'dockerode'

/** The client library, in a bundle of its own: only what speaks to a daemon loads it. */
export function openDockerode(
  where:
    | { readonly socketPath: string }
    | { readonly host: string; readonly port: number; readonly tls?: Tls | undefined }
    | { readonly agent: Agent },
): Docker {
  // Named, though undefined: what is absent it would take from DOCKER_HOST, which may mean another daemon.
  if ('socketPath' in where) return new Docker({ ...NOWHERE, socketPath: where.socketPath })
  // Its types know only ssh's own agent.
  const agent = 'agent' in where && ({ agent: where.agent } as Docker.DockerOptions)
  if (agent) return new Docker({ ...NOWHERE, ...agent, host: 'docker', port: 80 })
  const { host, port, tls } = where as Exclude<typeof where, { agent: Agent }>
  return new Docker({ ...NOWHERE, host, port, ...(tls ? { ...tls, protocol: 'https' } : {}) })
}

/** PEM texts. */
export interface Tls {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

const NOWHERE = {
  host: undefined,
  port: undefined,
  socketPath: undefined,
  protocol: 'http',
  ca: undefined,
  cert: undefined,
  key: undefined,
} as unknown as Docker.DockerOptions
