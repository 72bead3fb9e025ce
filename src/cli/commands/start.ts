import { resolve } from 'node:path'
import { EXIT } from '../../base/errors.ts'
import type { Environment } from '../../cluster/environment.ts'
import type { Lab } from '../../lab/lab.ts'
import type { Phase } from '../../machine/driver.ts'
import { bringUp, type BringUpOptions } from '../bring-up.ts'
import type { App } from '../compose.ts'
import type { Command } from '../command.ts'
import { requireSomeDriver } from '../instead.ts'
import { needsOf } from '../lab-needs.ts'
import { driverAsked, K3S_VERSION_OPTION, withK3sVersion } from '../k3s-version.ts'
import { modeOf, runFullScreen } from '../full-screen.ts'
import { tellNotices } from '../notices.ts'
import { requireTools } from '../require-tools.ts'
import { showStep } from '../show-step.ts'

export const start: Command = {
  name: 'start',
  summary: 'bring a lab up; on a terminal, go straight into it',
  arguments: [{ name: '<lab>', summary: '"knet-labs list" shows them' }],
  options: [
    {
      flags: '--driver <name>',
      summary:
        'what the nodes are made of: sandbox (Linux namespaces, the default) or docker (containers); or where the lab runs: vagrant (a virtual machine) or container (one, with the sandbox in it)',
    },
    {
      flags: '--inside <name>',
      summary: 'with vagrant or container: what the nodes are made of there, docker or sandbox',
    },
    {
      flags: '--config <footloose.yaml>',
      summary: 'make the machines that the file describes, or use those that footloose has made of it',
    },
    {
      flags: '--cluster <name>',
      summary:
        'the Kubernetes on nodes of the sandbox: own (our small one, the default) or k3s (the real one; needs root). On others it is k3s',
    },
    K3S_VERSION_OPTION,
    { flags: '--plain', summary: 'a line at a time instead of the full screen' },
    { flags: '-d, --detach', summary: 'bring it up and return' },
  ],
  examples: [
    'knet-labs start flannel',
    'knet-labs start services --detach --yes',
    'knet-labs start containers --json',
    'knet-labs start flannel --driver vagrant',
    'sudo knet-labs start flannel --cluster k3s',
    'knet-labs start flannel --config footloose.yaml',
    'knet-labs start flannel --driver docker --k3s-version v1.30.4',
  ],
  async run(given, { args, options }) {
    const config = typeof options['config'] === 'string' ? options['config'] : undefined
    const chosen = await withK3sVersion(given, options)
    const app = config === undefined ? chosen : await withFootloose(chosen, config)
    const asked = driverAsked(options)
    const driver = config === undefined ? asked : (asked ?? 'docker')
    const cluster = typeof options['cluster'] === 'string' ? options['cluster'] : undefined
    const lab = await app.lab(args[0] ?? '')
    const mode = modeOf(app, options)
    if (mode === 'screen') {
      const serving = await requireSomeDriver(app, driver, async (chosen) =>
        needsOf(lab, await app.clusterName(lab.id, chosen, cluster)),
      )
      return await runFullScreen(app, { lab: lab.id, driver: serving, cluster })
    }
    const { environment, attached } = await environmentOf(app, lab, { driver, cluster })
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
    if (mode === 'once') {
      showStep(app.output, step)
      if (!attached && step.number > 1) {
        app.output.notice(
          `The cluster is new. What the steps before this one left behind is made again by: knet-labs reset --step --lab ${lab.id}`,
        )
      }
      return EXIT.ok
    }
    if (!attached && step.number > 1) {
      app.output.progress('Doing again what the steps before this one left behind …')
      await session.catchUp({ signal: app.signal })
    }
    const { runPrompt } = await import('../prompt.ts')
    return await runPrompt(app, environment, session)
  },
}

/** As if KNET_FOOTLOOSE named the file. */
async function withFootloose(app: App, file: string): Promise<App> {
  const { composeApp } = await import('../compose.ts')
  return composeApp({ ...app, env: { ...app.env, KNET_FOOTLOOSE: resolve(file) } })
}

/** Brings a lab up in plain mode: a line a phase, and a question where something is missing. */
export function environmentOf(app: App, lab: Lab, asked: Pick<BringUpOptions, 'driver' | 'cluster'>) {
  return bringUp(app, {
    ...asked,
    lab,
    require: (driver, cluster) => requireTools(app, driver, needsOf(lab, cluster)),
    onPhase: (phase) => app.output.progress(phaseLine(phase)),
    say: (line) => app.output.progress(line),
    signal: app.signal,
  })
}

function phaseLine({ machine, name, ms }: Phase): string {
  return `  ${(machine ?? '').padEnd(6)} ${name.padEnd(40)} ${String(Math.round(ms)).padStart(6)} ms`
}

function tellWhere(app: App, { name, running, cluster }: Environment): void {
  const [machine] = running.topology.machines
  if (cluster) app.output.line(`kubectl:  export KUBECONFIG=${cluster.kubeconfig}`)
  app.output.line(`a shell:  knet-labs shell ${machine?.name ?? 'node0'}`)
  app.output.line(`stop:     knet-labs stop ${name}`)
  app.output.line()
}
