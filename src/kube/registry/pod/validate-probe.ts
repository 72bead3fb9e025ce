import type { Probe } from '../../objects.ts'
import type { FieldError } from '../definition.ts'
import { forbidden, invalid, notSupported, required } from '../field-error.ts'
import { validatePort, validatePortOrName } from '../ports.ts'

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const
const SCHEMES = ['HTTP', 'HTTPS']
const NOT_NEGATIVE = 'must be greater than or equal to 0'

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & { sleep?: { seconds: number } }

/** Rules of what a probe or a lifecycle hook does: exactly one thing. */
export function validateHandler(handler: Handler, at: string): FieldError[] {
  const [first, ...others] = HANDLERS.filter((name) => handler[name])
  if (!first) return [required(at, 'must specify a handler type')]
  const { exec, httpGet, tcpSocket, grpc } = handler
  return [
    ...others.map((name) => forbidden(`${at}.${name}`, 'may not specify more than 1 handler type')),
    ...(exec && !exec.command?.length ? [required(`${at}.exec.command`)] : []),
    ...(httpGet ? validatePortOrName(httpGet.port, `${at}.httpGet.port`) : []),
    ...(httpGet?.scheme && !SCHEMES.includes(httpGet.scheme)
      ? [notSupported(`${at}.httpGet.scheme`, httpGet.scheme, SCHEMES)]
      : []),
    ...(tcpSocket ? validatePortOrName(tcpSocket.port, `${at}.tcpSocket.port`) : []),
    ...(grpc ? validatePort(grpc.port, `${at}.grpc.port`) : []),
  ]
}

/** Rules of a probe; `succeedsOnce` for liveness and startup, which may not ask for several successes. */
export function validateProbe(probe: Probe | undefined, at: string, succeedsOnce: boolean): FieldError[] {
  if (!probe) return []
  const numbers = {
    initialDelaySeconds: probe.initialDelaySeconds,
    timeoutSeconds: probe.timeoutSeconds,
    periodSeconds: probe.periodSeconds,
    successThreshold: probe.successThreshold,
    failureThreshold: probe.failureThreshold,
  }
  return [
    ...validateHandler(probe, at),
    ...Object.entries(numbers).flatMap(([name, value]) =>
      value !== undefined && value < 0 ? [invalid(`${at}.${name}`, value, NOT_NEGATIVE)] : [],
    ),
    ...(succeedsOnce && probe.successThreshold !== 1
      ? [invalid(`${at}.successThreshold`, probe.successThreshold ?? 0, 'must be 1')]
      : []),
  ]
}
