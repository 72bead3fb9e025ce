import { createInterface, type Interface } from 'node:readline'
import { LabError, messageOf } from '../base/errors.ts'
import type { Environment } from '../cluster/environment.ts'
import type { Session } from '../session/session.ts'
import { composeApp, type App } from './compose.ts'
import { tellNotices } from './notices.ts'
import { completions, promptWords } from './prompt-words.ts'
import { showStep } from './show-step.ts'

const KEYS = '[c]heck [h]int [n]ext [p]rev [s]hell sol[v]e [r]eset [l]ist [q]uit, ? explains'

/**
 * The line-mode lesson: shows the step and takes a key or a word at a time. Every word is one of the plain commands, so that
 * what works here works in a script.
 */
export async function runPrompt(app: App, environment: Environment, session: Session): Promise<number> {
  const lesson = inThisLab(app, environment, session)
  const keyboard = new Keyboard(environment)
  showStep(app.output, await session.step())
  for (;;) {
    const signal = app.interrupts.next()
    const { number, total } = await session.step()
    app.output.line()
    app.output.line(app.output.style('dim', KEYS))
    const typed = await keyboard.read(`${number}/${total}> `, signal)
    if (typed === undefined || ['q', 'quit', 'exit'].includes(typed)) break
    if (typed !== '') await answer({ ...lesson, signal }, environment, session, typed)
  }
  const { name } = environment
  app.output.line()
  app.output.line(`The lab goes on running. Back to it: knet-labs resume ${name}`)
  app.output.line(`                         End it:     knet-labs stop ${name}`)
  return 0
}

/** The App for commands of this lesson: they mean this lab, and what can't be saved is known at least until the end. */
function inThisLab(app: App, environment: Environment, session: Session): App {
  const composed = composeApp({ ...app, globals: { ...app.globals, lab: environment.name } })
  return { ...composed, environment: async () => environment, session: async () => session }
}

/** Lines from the terminal. stdin is let go of in between, so that a shell gets all of it. */
class Keyboard {
  #history: string[] = []
  readonly #typedAhead: string[] = []
  readonly #environment: Environment

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** One line; undefined at Ctrl-D and when aborted. */
  async read(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    const ahead = this.#typedAhead.shift()
    if (ahead !== undefined) return ahead
    const lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      prompt,
      history: this.#history,
      completer: (line: string) => completions(line, this.#environment),
    })
    lines.on('history', (history) => (this.#history = history))
    // Ctrl-C at the prompt clears the line, as in a shell.
    lines.on('SIGINT', () => {
      process.stdout.write('^C\n')
      lines.write(null, { ctrl: true, name: 'e' })
      lines.write(null, { ctrl: true, name: 'u' })
      lines.prompt()
    })
    try {
      lines.prompt()
      return await this.#lineOf(lines, signal)
    } finally {
      lines.close()
    }
  }

  /** What was pasted after the first line is kept for the next calls. */
  #lineOf(lines: Interface, signal: AbortSignal): Promise<string | undefined> {
    return new Promise((resolve) => {
      let answered = false
      lines.on('line', (line) => {
        if (answered) this.#typedAhead.push(line.trim())
        answered = true
        // A pasted text comes as one: its other lines are told in this same turn.
        setImmediate(() => resolve(line.trim()))
      })
      lines.once('close', () => resolve(undefined))
      signal.addEventListener('abort', () => resolve(undefined), { once: true })
    })
  }
}

async function answer(app: App, environment: Environment, session: Session, typed: string): Promise<void> {
  try {
    const { command, invocation } = await promptWords(typed, environment, (await session.step()).run)
    const code = await command.run?.(app, invocation)
    if (code === 0 && ['check', 'solve'].includes(command.name)) await goOn(app, session)
    tellNotices(app.output, session)
  } catch (thrown) {
    const error =
      thrown instanceof LabError
        ? thrown
        : new LabError('KNET_BUG', { message: messageOf(thrown), cause: thrown })
    app.output.failure(error)
  }
}

async function goOn(app: App, session: Session): Promise<void> {
  const { number, total } = await session.step()
  const more = number < total ? 'n goes on to the next step.' : 'That was the last step. Well done.'
  app.output.line()
  app.output.line(app.output.style('green', more))
}
