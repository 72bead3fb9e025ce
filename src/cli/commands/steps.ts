import type { Session } from '../../session/session.ts'
import type { StepView } from '../../session/view.ts'
import type { App } from '../compose.ts'
import type { Command, Invocation } from '../command.ts'
import { tellNotices } from '../notices.ts'
import { showStep } from '../show-step.ts'

/** A command that moves (or not) and then shows where the learner stands. */
function showing(move: (session: Session, invocation: Invocation) => Promise<StepView>) {
  return async (app: App, invocation: Invocation): Promise<number> => {
    const session = await app.session()
    const step = await move(session, invocation)
    app.output.document(step)
    showStep(app.output, step)
    tellNotices(app.output, session)
    return 0
  }
}

export const step: Command = {
  name: 'step',
  summary: 'show the current step',
  examples: ['knet-labs step', 'knet-labs step --json'],
  run: showing((session) => session.step()),
}

export const next: Command = {
  name: 'next',
  summary: 'go to the next step, done or not',
  examples: ['knet-labs next'],
  run: showing((session) => session.next()),
}

export const prev: Command = {
  name: 'prev',
  summary: 'go back a step',
  examples: ['knet-labs prev'],
  run: showing((session) => session.prev()),
}

export const goto: Command = {
  name: 'goto',
  summary: 'go to a step, by number or id',
  arguments: [{ name: '<step>', summary: 'number or id; "knet-labs status" lists them' }],
  examples: ['knet-labs goto 3', 'knet-labs goto first-capture'],
  run: showing((session, { args }) => session.goto(args[0] ?? '')),
}
