import type Docker from 'dockerode'
import { EXIT, LabError, messageOf } from '../../base/errors.ts'
import type { Endpoint } from './endpoint.ts'

/** What dockerode throws for an answer that is not what was wanted. */
interface Refusal {
  readonly statusCode: number
  readonly json?: { readonly message?: string } | undefined
}

/** The status of a refusal; undefined of anything else that was thrown. */
export const statusOf = (thrown: unknown): number | undefined => (thrown as Partial<Refusal>)?.statusCode

/** What the daemon said, without dockerode's words around it. */
export function saidBy(thrown: unknown): string {
  const said = (thrown as Partial<Refusal>)?.json?.message
  return (said ?? messageOf(thrown)).trim()
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ECONNRESET',
  'EPIPE',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'ENOTFOUND',
])

/** What is said of a connection that ended or never began to answer. */
const SILENT = /^(?:AbortError|TimeoutError) |socket hang up|^\w+ ssh said /

/** What Node's TLS, or a daemon that has TLS, says of keys that are not there or are another's. */
const ABOUT_KEYS = /CERT|_SSL_|_TLS_|SELF_SIGNED|LEAF_SIGNATURE|HTTP request to an HTTPS server/

/** How long a daemon may take to say that it is there. */
const PING_WITHIN_MS = 10_000

/** Asks a daemon whether it is there. @throws LabError KNET_DOCKER when it is not. */
export async function ping(docker: Docker, endpoint: Endpoint): Promise<void> {
  try {
    // Its types don't know that it takes options.
    const withOptions = docker as { ping(options: { abortSignal: AbortSignal }): Promise<unknown> }
    await withOptions.ping({ abortSignal: AbortSignal.timeout(PING_WITHIN_MS) })
  } catch (thrown) {
    throw dockerError(thrown, endpoint)
  }
}

/** Where a lab is on another host's daemon, that may be gone for good: then another hint helps. */
export function onLabsDaemon(thrown: unknown, { host }: Endpoint, hint: string): unknown {
  if (!(thrown instanceof LabError) || thrown.code !== 'KNET_DOCKER' || host.startsWith('unix:'))
    return thrown
  const { code, message, exitCode } = thrown
  return new LabError(code, { message, hint, exitCode, cause: thrown })
}

/** Anything that went wrong with the daemon, in words: that it is not there, may not be used, or what it said. */
export function dockerError(thrown: unknown, endpoint: Endpoint): LabError {
  if (thrown instanceof LabError) return thrown
  const { code } = thrown as NodeJS.ErrnoException
  const at = `${endpoint.host} (${endpoint.from})`
  if (code === 'EACCES' || code === 'EPERM') {
    return new LabError('KNET_DOCKER', {
      message: `Docker at ${at} may not be used by this user.`,
      hint: 'sudo usermod --append --groups docker "$USER"      (then log in again)',
      exitCode: EXIT.unavailable,
      cause: thrown,
    })
  }
  if ((code && UNREACHABLE.has(code)) || SILENT.test(`${(thrown as Error).name} ${messageOf(thrown)}`)) {
    return new LabError('KNET_DOCKER', {
      message: `Docker at ${at} does not answer: ${messageOf(thrown)}.`,
      hint: 'knet-labs doctor --driver docker',
      exitCode: EXIT.unavailable,
      cause: thrown,
    })
  }
  if (ABOUT_KEYS.test(`${code} ${messageOf(thrown)}`)) {
    return new LabError('KNET_DOCKER', {
      message: `Docker at ${at} wants TLS with keys that fit: ${saidBy(thrown)}`,
      hint: 'export DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=<folder of ca.pem, cert.pem and key.pem>',
      exitCode: EXIT.unavailable,
      cause: thrown,
    })
  }
  if (/no space left on device/i.test(saidBy(thrown))) {
    return new LabError('KNET_DISK', {
      message: `Docker's disk is full: ${saidBy(thrown)}`,
      hint: 'docker system df      (and "docker system prune" removes what nothing uses)',
      exitCode: EXIT.unavailable,
      cause: thrown,
    })
  }
  return new LabError('KNET_DOCKER', {
    message: `Docker refused: ${saidBy(thrown)}`,
    hint: 'knet-labs doctor --driver docker',
    exitCode: EXIT.unavailable,
    cause: thrown,
  })
}
