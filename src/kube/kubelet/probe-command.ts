import type { Container, Probe } from '../objects.ts'

/** What a probe found. Unknown: it could not be run. */
export interface ProbeResult {
  readonly ok: boolean
  /** The kubelet's words after "Readiness probe failed: ". */
  readonly output: string
}

/** A command on the node, and how to read its outcome. */
export interface NodeProbe {
  readonly argv: readonly string[]
  read(outcome: { exitCode: number; output: string }): ProbeResult
}

/** curl's exit codes (curl.1). */
const CURL = { refused: 7, timeout: 28, resolve: 6 }
/** timeout(1)'s exit code when time was up. */
const TIMED_OUT = 124
const STATUS_MARK = '\nHTTP_STATUS:'

/** The command for an httpGet or tcpSocket probe; undefined for exec and for none. Upstream: pkg/probe. */
export function nodeProbe(probe: Probe, container: Container, podIP: string): NodeProbe | undefined {
  const seconds = probe.timeoutSeconds ?? 1
  if (probe.httpGet) return httpProbe(probe.httpGet, container, podIP, seconds)
  if (probe.tcpSocket) {
    const { host = podIP, port } = probe.tcpSocket
    return tcpProbe(host, portNumber(port, container), seconds)
  }
  return undefined
}

function httpProbe(
  { scheme = 'HTTP', host, port, path = '/', httpHeaders = [] }: NonNullable<Probe['httpGet']>,
  container: Container,
  podIP: string,
  seconds: number,
): NodeProbe {
  const address = `${host || podIP}:${portNumber(port, container)}`
  const url = `${scheme.toLowerCase()}://${address}${path.startsWith('/') ? path : `/${path}`}`
  const headers = httpHeaders.flatMap(({ name, value }) => ['-H', `${name}: ${value}`])
  const silent = ['-sS', '-k', '-o', '/dev/null', '-w', `${STATUS_MARK}%{http_code}`]
  const agent = ['-A', 'kube-probe/1.36', '--max-time', String(seconds)]
  return {
    argv: ['curl', ...silent, ...agent, ...headers, url],
    read({ exitCode, output }) {
      const status = Number(output.split(STATUS_MARK)[1] ?? 0)
      if (exitCode === 0 && status >= 200 && status < 400) return { ok: true, output: '' }
      if (exitCode === 0) return { ok: false, output: `HTTP probe failed with statuscode: ${status}` }
      return { ok: false, output: `Get "${url}": ${networkFault(exitCode, address, output)}` }
    },
  }
}

function networkFault(exitCode: number, address: string, output: string): string {
  if (exitCode === CURL.timeout || exitCode === TIMED_OUT) {
    return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
  }
  const noRoute = /no route|unreachable/i.test(output)
  if (exitCode === CURL.refused) {
    return `dial tcp ${address}: connect: ${noRoute ? 'no route to host' : 'connection refused'}`
  }
  if (exitCode === CURL.resolve) return `dial tcp: lookup ${address.split(':')[0]}: no such host`
  return output.split(STATUS_MARK)[0]?.trim() || `curl exited with ${exitCode}`
}

/** bash opens a connection and closes it at once; busybox's nc would wait for the server to close. */
function tcpProbe(host: string, port: number, seconds: number): NodeProbe {
  return {
    argv: ['timeout', String(seconds), 'bash', '-c', `: < /dev/tcp/${host}/${port}`],
    read({ exitCode, output }) {
      if (exitCode === 0) return { ok: true, output: '' }
      const address = `${host}:${port}`
      if (exitCode === TIMED_OUT) return { ok: false, output: `dial tcp ${address}: i/o timeout` }
      const why = /no route/i.test(output) ? 'no route to host' : 'connection refused'
      return { ok: false, output: `dial tcp ${address}: connect: ${why}` }
    },
  }
}

function portNumber(port: number | string, container: Container): number {
  if (typeof port === 'number') return port
  const named = container.ports?.find(({ name }) => name === port)
  return named?.containerPort ?? (Number(port) || 0)
}
