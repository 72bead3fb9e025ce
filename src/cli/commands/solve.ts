import { EXIT } from '../../base/errors.ts'
import type { Done } from '../../session/actions.ts'
import type { Command } from '../command.ts'
import { tellNotices } from '../notices.ts'
import { showPassed, showReport } from '../show-step.ts'
import { exitCode } from './check.ts'

export const solve: Command = {
  name: 'solve',
  summary: 'do the current step for the learner, showing each command',
  options: [{ flags: '--to <step>', summary: 'solve every step from here to that one' }],
  examples: ['knet-labs solve', 'knet-labs solve --to 4'],
  async run(app, { options }) {
    const session = await app.session()
    const commands: Done[] = []
    const onDone = (done: Done) => {
      commands.push(done)
      app.output.line(app.output.style('cyan', `${done.on ?? 'host'}$ ${done.command}`))
      if (done.output) app.output.line(done.output)
    }
    const to = options['to']
    const reports = await session.solve({
      onDone,
      signal: app.signal,
      ...(typeof to === 'string' ? { to } : {}),
    })
    app.output.document({ commands, reports })
    for (const report of reports) showReport(app.output, report)
    const last = reports.at(-1)
    if (last?.holds) showPassed(app.output, await session.step())
    tellNotices(app.output, session)
    return last ? exitCode(last) : EXIT.ok
  },
}
