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
  if ((code && UNREACHABLE.has(code)) || /socket hang up|^ssh /.test(messageOf(thrown))) {
    return new LabError('KNET_DOCKER', {
      message: `Docker at ${at} does not answer: ${messageOf(thrown)}.`,
      hint: 'knet-labs doctor --driver docker',
      exitCode: EXIT.unavailable,
      cause: thrown,
    })
  }
  return new LabError('KNET_DOCKER', {
    message: `Docker refused: ${saidBy(thrown)}`,
    hint: 'knet-labs doctor --driver docker',
    cause: thrown,
  })
}
