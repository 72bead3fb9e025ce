import type { Socket } from 'node:net'
import { LabError, messageOf } from '../base/errors.ts'
import type { KeptTerminal } from './kept-terminal.ts'
import {
  onMessages,
  PROTOCOL,
  send,
  type Order,
  type Question,
  type Reply,
  type Request,
} from './protocol.ts'
import type { TerminalStore } from './terminal-store.ts'
import { ViewFeed } from './view-feed.ts'

/** The keeper's side of one connection. */
export class ClientService {
  readonly #socket: Socket
  readonly #store: TerminalStore
  readonly #feeds = new Map<string, ViewFeed>()

  constructor(socket: Socket, store: TerminalStore) {
    this.#socket = socket
    this.#store = store
    // A client that was killed breaks the pipe; `close` follows.
    socket.on('error', () => {})
    socket.on('drain', () => {
      for (const feed of this.#feeds.values()) feed.drained()
    })
    onMessages(socket, (request) => this.#receive(request as Request))
    send(socket, { type: 'hello', protocol: PROTOCOL })
  }

  /** Lets go of all views. */
  end(): void {
    for (const feed of this.#feeds.values()) feed.end()
    this.#feeds.clear()
  }

  leave(): void {
    this.#socket.destroy()
  }

  #receive(request: Request): void {
    if ('call' in request) {
      void this.#answer(request)
        .catch((error: unknown) => refusal(request.call, error))
        .then((reply) => send(this.#socket, reply))
    } else {
      this.#obey(request)
    }
  }

  #obey(order: Order): void {
    const feed = this.#feeds.get(order.id)
    switch (order.type) {
      case 'write':
        feed?.write(Buffer.from(order.bytes, 'base64'))
        break
      case 'resize':
        feed?.terminal.resize(order.size)
        break
      case 'scroll':
        feed?.scroll(order.lines)
        break
      case 'close':
        this.#drop(order.id)
        this.#store.close(order.id)
        break
    }
  }

  async #answer(request: Question & { call: number }): Promise<Reply> {
    const { call } = request
    if (request.type === 'list') return { type: 'listed', call, terminals: this.#store.list }
    if (request.type === 'open') {
      return this.#show(call, await this.#store.open(request.place, request.command, request.size))
    }
    const terminal = this.#store.get(request.id)
    terminal.resizeNow(request.size)
    return this.#show(call, terminal)
  }

  #show(call: number, terminal: KeptTerminal): Reply {
    this.#drop(terminal.id)
    const feed = new ViewFeed(
      terminal,
      (event) => send(this.#socket, event),
      () => this.#socket.writableNeedDrain,
    )
    // Whoever asked may have gone while the terminal was opened.
    if (this.#socket.destroyed) feed.end()
    else this.#feeds.set(terminal.id, feed)
    return { type: 'opened', call, terminal: terminal.info, frame: feed.wholeFrame() }
  }

  #drop(id: string): void {
    this.#feeds.get(id)?.end()
    this.#feeds.delete(id)
  }
}

function refusal(call: number, error: unknown): Reply {
  const code = error instanceof LabError ? error.code : 'KNET_TERMINALS'
  return { type: 'refused', call, code, message: messageOf(error) }
}
