import { join } from 'node:path'
import { LabError, messageOf } from '../base/errors.ts'
import { startPacketCapture } from '../capture/packet-capture-start.ts'
import { WIRESHARK } from '../capture/live.ts'
import type { Environment } from '../cluster/environment.ts'
import { PODS } from '../kube/resources.ts'
import { hostDaemon } from '../machine/host.ts'
import { SHELL } from '../machine/namespace-machine.ts'
import { watchNetwork } from '../session/network/watch-network.ts'
import { openTerminals } from '../terminals/client.ts'
import type { Failure, OpenLab, StartEvent, UiPorts } from '../ui/ports.ts'
import { bringUp, type BringUpOptions } from './bring-up.ts'
import type { App } from './compose.ts'
import { listLabs } from './lab-list.ts'
import { needsOf } from './lab-needs.ts'
import { sessionPorts } from './ports.ts'
import { refuseWithoutTools } from './require-tools.ts'
import { findTarget } from './target.ts'
import { version } from './version.ts'

/** The full-screen app's way to everything else. */
export function uiPorts(app: App, asked: Pick<BringUpOptions, 'driver' | 'cluster'>): UiPorts {
  return {
    version: version(),
    async labs() {
      const { labs } = await listLabs(app)
      const driverOf = async (id: string) => (await app.driverOf(id)).name
      return Promise.all(
        labs.map(async (lab) => ({
          ...lab,
          driver: lab.running ? await driverOf(lab.id) : (asked.driver ?? 'sandbox'),
        })),
      )
    },
    open: (id, on, signal) => openLab(app, { id, asked, on, signal }),
    async stop(lab) {
      await (await app.driverOf(lab)).down(lab)
    },
    failureOf,
    async openInWireshark(file) {
      const host = await app.host()
      const { exitCode } = await host.exec(['sh', '-c', 'command -v wireshark'])
      if (exitCode !== 0) return false
      host.spawn([WIRESHARK[0], file])
      return true
    },
  }
}

function failureOf(thrown: unknown): Failure {
  if (thrown instanceof LabError) return { code: thrown.code, message: thrown.message, hint: thrown.hint }
  return { code: 'KNET_BUG', message: messageOf(thrown) }
}

interface Opening {
  readonly id: string
  readonly asked: Pick<BringUpOptions, 'driver' | 'cluster'>
  readonly on: (event: StartEvent) => void
  readonly signal: AbortSignal
}

async function openLab(app: App, { id, asked, on, signal }: Opening): Promise<OpenLab> {
  const lab = await app.lab(id)
  const { environment, attached } = await bringUp(app, {
    ...asked,
    lab,
    // The screen has the terminal: nothing can be asked.
    require: (driver, cluster) => refuseWithoutTools(driver, needsOf(lab, cluster)),
    onPhase: (phase) => on({ type: 'phase', ...phase }),
    onCommand: (line) => on({ type: 'say', line }),
    say: (line) => on({ type: 'say', line }),
    signal,
  })
  const [session, host] = await Promise.all([app.session(environment), app.host()])
  const ports = sessionPorts(environment, host)
  const machines = environment.running.machines.map(({ name }) => name)
  const terminals = labTerminals(app, environment)
  const leaving = new AbortController()
  return {
    id,
    session,
    fresh: !attached,
    machines,
    places: async () => [...machines, ...(await runningPods(environment))],
    terminals,
    shell: async (place) => (await findTarget(environment, place)).attach(SHELL),
    watchNetwork: (until) => watchNetwork({ lab: session.lab, ports, signal: until }),
    capture: async (place, device, filter = '') =>
      startPacketCapture({
        machine: await findTarget(environment, place),
        host,
        place,
        device,
        filter,
        folder: app.paths.run(id),
      }),
    ended: environment.running.ended(leaving.signal),
    leave() {
      leaving.abort()
      terminals.leave()
    },
  }
}

async function runningPods({ cluster }: Environment): Promise<string[]> {
  const pods = cluster ? (await cluster.kube.list(PODS)).items : []
  return pods
    .filter(({ status }) => status?.phase === 'Running')
    .map(({ metadata: { namespace, name } }) => (namespace === 'default' ? name : `${namespace}/${name}`))
}

function labTerminals(app: App, environment: Environment): OpenLab['terminals'] {
  const terminals = openTerminals({
    socketPath: join(app.paths.run(environment.name), 'terminals.sock'),
    startKeeper: (socketPath) =>
      hostDaemon([process.execPath, process.argv[1] ?? '', '__terminals', socketPath]),
  })
  return {
    list: () => terminals.list(),
    attach: (id, size) => terminals.attach(id, size),
    leave: () => terminals.leave(),
    open: async (place, size) => {
      const machine = await findTarget(environment, place)
      return await terminals.open(place, machine.terminalCommand(SHELL), size)
    },
  }
}
