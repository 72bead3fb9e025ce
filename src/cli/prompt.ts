import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'
import { LabError, messageOf } from '../base/errors.ts'
import type { Environment } from '../cluster/environment.ts'
import type { Session } from '../session/session.ts'
import type { App } from './compose.ts'
import type { Command, Invocation } from './command.ts'
import { promptWords } from './prompt-words.ts'
import { showStep } from './show-step.ts'

/**
 * The line-mode lesson: shows the step and takes a key or a word at a time. Every word is one of the plain commands, so that
 * what works here works in a script.
 */
export async function runPrompt(app: App, environment: Environment, session: Session): Promise<number> {
  showStep(app.output, await session.step())
  for (;;) {
    const typed = await readLine(app)
    if (typed === undefined) break
    if (['q', 'quit', 'exit'].includes(typed)) break
    await answer(app, environment, session, typed)
  }
  app.output.line()
  app.output.line(
    `The lab goes on running. Back to it: knet-labs resume ${environment.name}. End it: knet-labs stop ${environment.name}.`,
  )
  return 0
}

/** One line from the learner; undefined at Ctrl-D. stdin is let go of in between, so that a shell gets all of it. */
async function readLine(app: App): Promise<string | undefined> {
  app.output.line()
  app.output.line(
    app.output.style(
      'dim',
      '[c]heck  [h]int  [n]ext  [p]rev  [s]hell  [v] solve  [r]eset  [l]ist steps  [q]uit  ? help',
    ),
  )
  const lines: Interface = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' })
  try {
    lines.prompt()
    // Ctrl-C at the prompt clears the line, as in a shell.
    lines.on('SIGINT', () => {
      lines.write(null, { ctrl: true, name: 'u' })
      lines.prompt()
    })
    const line = once(lines, 'line')
    const closed = once(lines, 'close')
    const first = (await Promise.race([line, closed])) as [string?]
    return first[0]?.trim()
  } finally {
    lines.close()
  }
}

async function answer(app: App, environment: Environment, session: Session, typed: string): Promise<void> {
  if (typed === '') return
  try {
    const action = promptWords(typed, environment, (await session.step()).run)
    await perform(app, session, action)
  } catch (thrown) {
    const error =
      thrown instanceof LabError
        ? thrown
        : new LabError('KNET_BUG', { message: messageOf(thrown), cause: thrown })
    app.output.failure(error)
  }
}

async function perform(
  app: App,
  session: Session,
  action: { command: Command; invocation: Invocation },
): Promise<void> {
  const code = await action.command.run?.(app, action.invocation)
  if (action.command.name === 'check' && code === 0) {
    app.output.line()
    const { number, total } = await session.step()
    const more = number < total ? 'n goes on to the next step.' : 'That was the last step. Well done.'
    app.output.line(app.output.style('green', more))
  }
}
