import { LabError } from '../base/errors.ts'
import { until } from '../base/until.ts'
import { Connection } from './connection.ts'
import type { Message, Question } from './protocol.ts'
import { RemoteView } from './remote-view.ts'
import type { Terminals, TerminalView } from './terminal.ts'

/** A keeper loads within a tenth of a second; a busy machine may take longer. */
const KEEPER_STARTS_MS = 10_000

export interface TerminalsOptions {
  /** Where the lab's keeper listens, if there is one. */
  readonly socketPath: string
  /** Starts a keeper that will listen there. It must outlive this process. */
  readonly startKeeper: (socketPath: string) => Promise<void> | void
}

/** A lab's terminals. Looks for their keeper when first asked, and starts one only for a terminal. */
export function openTerminals({ socketPath, startKeeper }: TerminalsOptions): Terminals {
  const views = new Map<string, RemoteView>()
  let link: Promise<Connection | undefined> = Promise.resolve(undefined)

  /** One after the other, so that two who ask at once share a connection. */
  function connected(starting: boolean): Promise<Connection | undefined> {
    link = link
      .catch(() => undefined)
      .then(async (connection) => {
        if (connection?.isOpen) return connection
        return (await find()) ?? (starting ? await start() : undefined)
      })
    return link
  }

  async function find(): Promise<Connection | undefined> {
    const connection = await Connection.to(socketPath, hear)
    void connection?.closed.then(loseAll)
    return connection
  }

  function loseAll(): void {
    for (const view of views.values()) view.lose()
    views.clear()
  }

  async function start(): Promise<Connection> {
    await startKeeper(socketPath)
    const what = 'the keeper of terminals to answer'
    return await until(find, { what, deadlineMs: KEEPER_STARTS_MS, maxEveryMs: 20 })
  }

  function hear(connection: Connection, message: Message): void {
    if (message.type === 'opened') {
      const { terminal, frame } = message
      const known = views.get(terminal.id)
      if (known) known.show(frame)
      else views.set(terminal.id, new RemoteView(terminal, frame, (request) => connection.send(request)))
    }
    if (message.type === 'frame') views.get(message.id)?.show(message.frame)
    if (message.type === 'ended') views.get(message.id)?.end(message.exitCode)
  }

  async function view(question: Question): Promise<TerminalView> {
    const reply = await (await connected(question.type === 'open'))?.ask(question)
    const view = reply?.type === 'opened' ? views.get(reply.terminal.id) : undefined
    if (!view) throw new LabError('KNET_NO_SUCH_TERMINAL', { message: 'There is no such terminal any more.' })
    return view
  }

  return {
    async list() {
      const reply = await (await connected(false))?.ask({ type: 'list' })
      return reply?.type === 'listed' ? reply.terminals : []
    },
    open: (place, command, size) => view({ type: 'open', place, command, size }),
    attach: (id, size) => view({ type: 'attach', id, size }),
    leave() {
      views.clear()
      void link.then(
        (connection) => connection?.close(),
        () => {},
      )
    },
  }
}
