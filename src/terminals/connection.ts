import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { LabError } from '../base/errors.ts'
import {
  onMessages,
  PROTOCOL,
  send,
  type Message,
  type Question,
  type Reply,
  type Request,
} from './protocol.ts'

/** The keeper greets as soon as it is connected to; one that is stopped never does. */
const HELLO_MS = 5000

/** A client's side of a connection to a keeper. */
export class Connection {
  readonly #socket: Socket
  readonly #waiting = new Map<number, (reply: Reply | undefined) => void>()
  readonly #onMessage: (connection: Connection, message: Message) => void
  #calls = 0
  /** Resolves when the connection has ended, by whomever. */
  readonly closed: Promise<void>

  /**
   * Connects and hears the keeper's hello.
   * @param onMessage called with all that the keeper says, in its order; with a reply before `ask` returns it.
   * @returns nothing when nobody listens there.
   * @throws LabError KNET_TERMINALS when the keeper is of another version, or hangs.
   */
  static async to(
    socketPath: string,
    onMessage: (connection: Connection, message: Message) => void,
  ): Promise<Connection | undefined> {
    const socket = connect(socketPath)
    try {
      await once(socket, 'connect')
    } catch {
      return undefined
    }
    return await new Promise((resolve, reject) => {
      const refuse = (message: string) => {
        reject(new LabError('KNET_TERMINALS', { message, hint: 'knet-labs stop, then start again' }))
        socket.destroy()
      }
      const hang = setTimeout(
        () => refuse('The keeper of the terminals of this lab does not answer.'),
        HELLO_MS,
      )
      const connection = new Connection(socket, (from, message) => {
        if (message.type !== 'hello') onMessage(from, message)
        else if (message.protocol === PROTOCOL) resolve(from)
        else refuse('The terminals of this lab are kept by another version of knet-labs.')
        clearTimeout(hang)
      })
      // One that is just ending hangs up without a word.
      void connection.closed.then(() => resolve(undefined)).finally(() => clearTimeout(hang))
    })
  }

  private constructor(socket: Socket, onMessage: (connection: Connection, message: Message) => void) {
    this.#socket = socket
    this.#onMessage = onMessage
    // `close` follows.
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        for (const answer of this.#waiting.values()) answer(undefined)
        resolve()
      })
    })
    onMessages(socket, (message) => this.#receive(message as Message))
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed
  }

  send(request: Request): void {
    if (this.isOpen) send(this.#socket, request)
  }

  /** @throws LabError the keeper's refusal; KNET_TERMINALS when it went before it answered. */
  async ask(question: Question): Promise<Reply> {
    const call = ++this.#calls
    const reply = await new Promise<Reply | undefined>((resolve) => {
      this.#waiting.set(call, resolve)
      if (this.isOpen) send(this.#socket, { ...question, call })
      else resolve(undefined)
    })
    this.#waiting.delete(call)
    if (!reply) {
      throw new LabError('KNET_TERMINALS', { message: 'The keeper of the terminals of this lab has gone.' })
    }
    if (reply.type === 'refused') throw new LabError(reply.code, { message: reply.message })
    return reply
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(message: Message): void {
    this.#onMessage(this, message)
    if ('call' in message) this.#waiting.get(message.call)?.(message)
  }
}
