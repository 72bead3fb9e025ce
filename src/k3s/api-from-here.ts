import { once } from 'node:events'
import { connect } from 'node:net'
import { urlToHttpOptions } from 'node:url'
import { LabError, messageOf } from '../base/errors.ts'
import { until } from '../base/until.ts'
import type { Running } from '../machine/driver.ts'
import { API_PORT, apiOf, type K3sPlan } from './plan.ts'
import { machineOf } from './provision.ts'
import type { Waiting } from './readiness.ts'

/** Where the API is for this host: a URL. @throws LabError KNET_K3S where there is no way to it. */
export async function apiFromHere(running: Running, { server }: Pick<K3sPlan, 'server'>): Promise<string> {
  const at = await running.reach?.({ machine: server.name, port: API_PORT })
  if (at !== undefined) return `https://${at}`
  throw new LabError('KNET_K3S', {
    message: `The API of ${running.topology.name} can't be reached from here: nothing leads to port ${API_PORT} of ${server.name}.`,
    hint: `publish it (of a footloose.yaml's machines: portMappings: [{ containerPort: ${API_PORT} }]), or run knet-labs where the machines are`,
  })
}

/** How long k3s may take until it listens: what keeps it from that, others say. */
const LISTENS_WITHIN_MS = 120_000

/** How long a way may take to open once somebody listens at its end, and how long one try. */
const OPENS_WITHIN_MS = 10_000
const TRY_MS = 5000

/**
 * Where it is not at its machine's own address, the API may be behind what lets nothing through: waits until k3s listens, and looks whether
 * this host gets there. @throws LabError KNET_K3S when it doesn't.
 */
export async function whenReachable({ plan, running, signal }: Waiting, url: string): Promise<void> {
  if (url === apiOf(plan)) return
  const port = API_PORT.toString(16).toUpperCase()
  const script = `until grep -qs ':${port} [0-9A-F]*:0000 0A ' /proc/net/tcp /proc/net/tcp6; do sleep 0.05; done`
  const server = machineOf(running, plan.server.name)
  const options = { timeoutMs: LISTENS_WITHIN_MS, signal }
  if ((await server.exec(['/bin/sh', '-c', script], options)).exitCode !== 0) return
  let why: unknown
  const look = () =>
    opens(url, signal).then(
      () => true,
      (thrown: unknown) => {
        why = thrown
        return false
      },
    )
  await until(look, { what: 'the API', deadlineMs: OPENS_WITHIN_MS, maxEveryMs: 500, signal }).catch(() => {
    signal.throwIfAborted()
    throw closed(plan, url, why)
  })
}

/** @throws Error of a connection that doesn't come about. */
async function opens(url: string, signal: AbortSignal): Promise<void> {
  const { hostname, port } = urlToHttpOptions(new URL(url))
  const socket = connect(Number(port), hostname ?? '')
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]) })
  } finally {
    socket.destroy()
  }
}

function closed({ server }: K3sPlan, url: string, why: unknown): LabError {
  const { host, hostname, port } = new URL(url)
  const said = why instanceof Error && why.name === 'AbortError' ? 'nothing came back' : messageOf(why)
  const mend =
    hostname === '127.0.0.1'
      ? "name the machines' host itself where its daemon is behind a tunnel, which brings no other ports: DOCKER_HOST=ssh://user@host"
      : `let this host connect to TCP port ${port} of ${hostname}, in its firewall or its provider's`
  return new LabError('KNET_K3S', {
    message: `k3s listens on ${server.name}, but this host does not get there: it tried ${host}, and ${said}.`,
    hint: `${mend}; or run knet-labs on the machines' host, by ssh`,
    cause: why,
  })
}
