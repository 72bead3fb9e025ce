import { basename } from 'node:path'
import { EXIT } from '../../base/errors.ts'
import { createEnvironment, joinEnvironment, type Environment } from '../../cluster/environment.ts'
import type { PodNetwork } from '../../cluster/spec.ts'
import type { Lab } from '../../lab/lab.ts'
import type { Phase } from '../../machine/driver.ts'
import type { App } from '../compose.ts'
import type { Command } from '../command.ts'
import { tellNotices } from '../notices.ts'
import { requireTools } from '../require-tools.ts'
import { showStep } from '../show-step.ts'
import { version } from '../version.ts'

export const start: Command = {
  name: 'start',
  summary: 'bring a lab up; on a terminal, go straight into it',
  arguments: [{ name: '<lab>', summary: '"knet-labs list" shows them' }],
  options: [
    {
      flags: '--driver <name>',
      summary: 'what the nodes are made of: sandbox (Linux namespaces, the default)',
    },
    { flags: '--plain', summary: 'print and return, also on a terminal' },
  ],
  examples: [
    'knet-labs start flannel',
    'knet-labs start services --plain --yes',
    'knet-labs start containers --json',
  ],
  async run(app, { args, options }) {
    const driver = typeof options['driver'] === 'string' ? options['driver'] : undefined
    const lab = await app.lab(args[0] ?? '')
    const { environment, attached } = await environmentOf(app, lab, driver)
    const session = await app.session(environment)
    const step = await session.step()
    app.output.document({
      lab: lab.id,
      attached,
      machines: environment.running.topology.machines,
      kubeconfig: environment.cluster?.kubeconfig,
      step: step.id,
    })
    tellWhere(app, environment)
    tellNotices(app.output, session)
    if (options['plain'] || app.globals.json || !process.stdin.isTTY || !process.stdout.isTTY) {
      showStep(app.output, step)
      return EXIT.ok
    }
    const { runPrompt } = await import('../prompt.ts')
    return await runPrompt(app, environment, session)
  },
}

/** Brings a lab up, or attaches to it where it is up already. */
export async function environmentOf(
  app: App,
  lab: Lab,
  driverName: string | undefined,
): Promise<{ environment: Environment; attached: boolean }> {
  const driver = await app.driver(driverName)
  const network = POD_NETWORKS[lab.cluster]
  const topology = { name: lab.id, ...lab.topology }
  const waiting = { driver, paths: app.paths, topology, signal: app.signal, onPhase: () => {} }
  const there = await joinEnvironment(waiting, network !== undefined)
  if (there) {
    app.output.progress(`${lab.id} is running already: attached to it.`)
    return { environment: there, attached: true }
  }
  await requireTools(app, driver)
  const started = performance.now()
  const environment = await createEnvironment({
    version: version(),
    driver,
    paths: app.paths,
    topology,
    podNetwork: network,
    files: [...lab.manifests].map(([path, content]) => ({ path: `root/${basename(path)}`, content })),
    controlPlane: [process.execPath, process.argv[1] ?? '', '__control-plane'],
    onPhase: (phase) => app.output.progress(phaseLine(phase)),
    signal: app.signal,
  })
  await environment.running.keep()
  app.output.progress(`${lab.id} is ready after ${((performance.now() - started) / 1000).toFixed(2)} s.`)
  return { environment, attached: false }
}

function phaseLine({ machine, name, ms }: Phase): string {
  return `  ${(machine ?? '').padEnd(6)} ${name.padEnd(40)} ${String(Math.round(ms)).padStart(6)} ms`
}

/** The lab format's words for the network, as the cluster's. */
const POD_NETWORKS: Readonly<Record<Lab['cluster'], PodNetwork | undefined>> = {
  none: undefined,
  'no-network': { kind: 'none' },
  'flannel-vxlan': { kind: 'flannel', backend: 'vxlan' },
  'flannel-host-gw': { kind: 'flannel', backend: 'host-gw' },
}

function tellWhere(app: App, { name, running, cluster }: Environment): void {
  const [machine] = running.topology.machines
  if (cluster) app.output.line(`kubectl:  export KUBECONFIG=${cluster.kubeconfig}`)
  app.output.line(`a shell:  knet-labs shell ${machine?.name ?? 'node0'}`)
  app.output.line(`stop:     knet-labs stop ${name}`)
  app.output.line()
}
