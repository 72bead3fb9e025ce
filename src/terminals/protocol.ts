import type { Socket } from 'node:net'
import type { TerminalCommand } from '../machine/machine.ts'
import type { Size } from './cells.ts'
import type { RunRow } from './runs.ts'
import type { TerminalInfo } from './terminal.ts'

/**
 * What the keeper and its clients say: a line of JSON a message. The keeper speaks first, with a `hello`. To be
 * counted up with each change, since a keeper lives on while knet-labs is replaced.
 */
export const PROTOCOL = 1

/** What a client wants answered. */
export type Question =
  | { type: 'list' }
  | { type: 'open'; place: string; command: TerminalCommand; size: Size }
  | { type: 'attach'; id: string; size: Size }

/** What a client says of a terminal that it has opened or attached to. */
export type Order =
  /** Bytes as base64. */
  | { type: 'write'; id: string; bytes: string }
  | { type: 'resize'; id: string; size: Size }
  | { type: 'scroll'; id: string; lines: number }
  | { type: 'close'; id: string }

/** What a client says. `call` returns in the answer. */
export type Request = (Question & { call: number }) | Order

/** What has changed in a client's view since its last frame; `rows` has those that did. */
export interface Frame {
  size: Size
  cursor: { x: number; y: number } | null
  scrolledBack: number
  bracketedPaste: boolean
  applicationCursor: boolean
  rows: [y: number, row: RunRow][]
}

export type Reply =
  | { type: 'listed'; call: number; terminals: TerminalInfo[] }
  | { type: 'opened'; call: number; terminal: TerminalInfo; frame: Frame }
  | { type: 'refused'; call: number; code: string; message: string }

export type Event =
  | { type: 'hello'; protocol: number }
  | { type: 'frame'; id: string; frame: Frame }
  | { type: 'ended'; id: string; exitCode: number }

/** What the keeper says. */
export type Message = Reply | Event

/** @returns false when the other side is behind, as a stream's `write` does. */
export function send(socket: Socket, message: Request | Message): boolean {
  return socket.write(`${JSON.stringify(message)}\n`)
}

/** Calls back with each message. What is not one ends the connection. */
export function onMessages(socket: Socket, receive: (message: unknown) => void): void {
  let begun: string[] = []
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    const [end = '', ...lines] = chunk.split('\n')
    begun.push(end)
    for (const line of lines) {
      const whole = begun.join('')
      begun = [line]
      try {
        receive(JSON.parse(whole))
      } catch (error) {
        socket.destroy(error as Error)
        return
      }
    }
  })
}
