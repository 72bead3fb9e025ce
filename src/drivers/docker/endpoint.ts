import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { EXIT, LabError } from '../../base/errors.ts'

/** Where a Docker daemon listens. */
export interface Endpoint {
  /** As Docker's own tools write it: unix:///var/run/docker.sock, tcp://host:2376, ssh://user@host. */
  readonly host: string
  /** Folder with ca.pem, cert.pem and key.pem, for TLS. */
  readonly tls?: string | undefined
  /** Who says so: "DOCKER_HOST", "the context desktop-linux", "its socket is there". */
  readonly from: string
}

/** What {@link findEndpoint} looks at. */
export interface EndpointHost {
  readonly env: NodeJS.ProcessEnv
  readonly home: string
  exists(path: string): boolean
  /** A file's text; undefined when it can't be read. */
  read(path: string): string | undefined
}

/**
 * The daemon that Docker's own CLI would take: DOCKER_HOST, then DOCKER_CONTEXT, then the current context of
 * config.json. Without any of them, the first socket there is: the system's, rootless Docker's, Docker Desktop's, podman's.
 * @throws LabError KNET_DOCKER when a context is named that is not there.
 */
export function findEndpoint(host: EndpointHost): Endpoint {
  const { env } = host
  const folder = env['DOCKER_CONFIG'] || join(host.home, '.docker')
  if (env['DOCKER_HOST']) {
    const verified = Boolean(env['DOCKER_TLS_VERIFY'])
    const tls = verified ? env['DOCKER_CERT_PATH'] || folder : undefined
    return { host: env['DOCKER_HOST'], tls, from: 'DOCKER_HOST' }
  }
  const context = env['DOCKER_CONTEXT'] || currentContext(host.read(join(folder, 'config.json')))
  if (context && context !== 'default') return contextEndpoint(host, folder, context)
  const sockets = wellKnownSockets(env, host.home)
  const socket = sockets.find((path) => host.exists(path)) ?? sockets[0]
  return { host: `unix://${socket}`, from: 'its socket' }
}

/** In the order in which they are tried. */
function wellKnownSockets(env: NodeJS.ProcessEnv, home: string): [string, ...string[]] {
  const runtime = env['XDG_RUNTIME_DIR']
  return [
    '/var/run/docker.sock',
    ...(runtime ? [join(runtime, 'docker.sock')] : []),
    join(home, '.docker/run/docker.sock'),
    ...(runtime ? [join(runtime, 'podman/podman.sock')] : []),
    '/run/podman/podman.sock',
  ]
}

function currentContext(config: string | undefined): string | undefined {
  return (parsed(config) as { currentContext?: string } | undefined)?.currentContext
}

/** A context is a folder named by the SHA-256 of its name (docker/cli, cli/context/store). */
function contextEndpoint(host: EndpointHost, folder: string, name: string): Endpoint {
  const id = createHash('sha256').update(name).digest('hex')
  const meta = parsed(host.read(join(folder, 'contexts/meta', id, 'meta.json'))) as
    | { Endpoints?: { docker?: { Host?: string } } }
    | undefined
  const address = meta?.Endpoints?.docker?.Host
  if (!address) {
    throw new LabError('KNET_DOCKER', {
      message: `Docker's context "${name}" is not there, or names no daemon.`,
      hint: 'docker context ls      (and DOCKER_CONTEXT or "docker context use" to choose)',
      exitCode: EXIT.unavailable,
    })
  }
  const tls = join(folder, 'contexts/tls', id, 'docker')
  return { host: address, ...(host.exists(tls) ? { tls } : {}), from: `the context ${name}` }
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '') as unknown
  } catch {
    return undefined
  }
}

export function endpointHere(env: NodeJS.ProcessEnv): Endpoint {
  return findEndpoint({
    env,
    home: env['HOME'] || homedir(),
    exists: existsSync,
    read(path) {
      try {
        return readFileSync(path, 'utf8')
      } catch {
        return undefined
      }
    },
  })
}
