import { EXIT } from '../../base/errors.ts'
import type { StepReport } from '../../session/check-step.ts'
import type { Session } from '../../session/session.ts'
import type { App } from '../compose.ts'
import type { Command } from '../command.ts'
import { tellNotices } from '../notices.ts'
import { showPassed, showReport } from '../show-step.ts'

export const check: Command = {
  name: 'check',
  summary: 'check the current step against the network: exit 0 it holds, 1 not yet, 2 could not look',
  options: [
    { flags: '-w, --watch', summary: 'check again whenever something changes, until it holds or Ctrl-C' },
  ],
  examples: ['knet-labs check', 'knet-labs check --watch', 'knet-labs check --json'],
  async run(app, { options }) {
    const session = await app.session()
    const report = options['watch'] ? await watch(app, session) : await session.check({ signal: app.signal })
    if (!options['watch']) app.output.document(report)
    if (!options['watch']) showReport(app.output, report)
    if (report.holds) showPassed(app.output, await session.step())
    tellNotices(app.output, session)
    return exitCode(report)
  },
}

export function exitCode(report: StepReport): number {
  if (report.holds) return EXIT.ok
  return report.unknown ? EXIT.couldNotLook : EXIT.no
}

/** Shows each new outcome; ends when the step holds. */
async function watch(app: App, session: Session): Promise<StepReport> {
  const passed = new AbortController()
  let last: StepReport | undefined
  const onReport = (report: StepReport) => {
    last = report
    app.output.document(report)
    app.output.line(app.output.style('dim', new Date().toLocaleTimeString()))
    showReport(app.output, report)
    if (report.holds) passed.abort()
  }
  await session.watch(onReport, AbortSignal.any([app.signal, passed.signal]))
  app.signal.throwIfAborted()
  return last ?? (await session.check())
}
