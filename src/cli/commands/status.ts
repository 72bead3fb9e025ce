import type { StepReport } from '../../session/check-step.ts'
import type { Command } from '../command.ts'
import { tellNotices } from '../notices.ts'
import { tunnelInUse } from '../tunnel.ts'

export const status: Command = {
  name: 'status',
  summary: 'what is running, where you are, and which steps hold right now',
  examples: ['knet-labs status', 'knet-labs status --json'],
  async run(app) {
    const environment = await app.environment()
    const session = await app.session(environment)
    const [reports, tunnel] = await Promise.all([
      session.survey({ signal: app.signal }),
      tunnelInUse(environment.running.machines[0]),
    ])
    const steps = session
      .steps()
      .map((step, index) => ({ ...step, number: index + 1, holds: holds(reports[index]) }))
    const machines = environment.running.topology.machines
    app.output.document({
      lab: environment.name,
      machines,
      kubeconfig: environment.cluster?.kubeconfig,
      tunnel: tunnel?.kind,
      steps,
    })
    app.output.line(
      `${session.lab.title}: ${machines.map(({ name, address }) => `${name} (${address})`).join(', ')}`,
    )
    if (environment.cluster) app.output.line(`export KUBECONFIG=${environment.cluster.kubeconfig}`)
    if (tunnel) app.output.line(tunnel.sentence)
    app.output.line()
    app.output.table(
      ['', 'STEP', 'DONE', 'HOLDS NOW', 'HINTS', 'TITLE'],
      steps.map((step) => [
        step.current ? '>' : '',
        String(step.number),
        step.solved && step.done ? 'solved' : step.done ? 'yes' : '',
        step.holds,
        String(step.hintsUsed || ''),
        step.title,
      ]),
    )
    if (steps.some((step) => step.holds === '?')) {
      app.output.line(app.output.style('dim', '? only packets can tell: check at that step'))
    }
    tellNotices(app.output, session)
    return 0
  },
}

/** A step whose packets were not looked at may hold or not. */
function holds(report: StepReport | undefined): 'yes' | 'no' | '?' {
  if (!report || report.unknown || (report.holds && report.skipped > 0)) return '?'
  return report.holds ? 'yes' : 'no'
}
