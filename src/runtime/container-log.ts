import { constants, closeSync, fstatSync, ftruncateSync, openSync, read, writeSync } from 'node:fs'
import { EventEmitter, once } from 'node:events'
import { Socket } from 'node:net'
import { StringDecoder } from 'node:string_decoder'
import { promisify } from 'node:util'

export interface LogEntry {
  readonly time: string
  readonly stream: 'stdout' | 'stderr'
  readonly line: string
}

export type Stream = LogEntry['stream']

const readAt = promisify(read)
/** Longer lines are split, as containerd's max_container_log_line_size has it. */
const MAX_LINE = 16_384
/** The kubelet's containerLogMaxSize. Of files it has rotated kubectl shows nothing, so here none are kept. */
const MAX_FILE = 10 * 1024 * 1024

/** One line of a CRI log file, without its newline: `time stream tag text`; the tag P marks a line that goes on in the next. */
export function formatEntry(time: string, stream: Stream, partial: boolean, text: string): string {
  return `${time} ${stream} ${partial ? 'P' : 'F'} ${text}`
}

/** Reads a CRI log line; undefined when it is none. Partial lines are given as they are. */
export function parseEntry(text: string): LogEntry | undefined {
  const match = /^(\S+) (stdout|stderr) [PF](?::\S*)? ?(.*)$/s.exec(text)
  if (!match) return undefined
  const [, time = '', stream, line = ''] = match
  return { time, stream: stream as Stream, line }
}

/** RFC 3339 with nanoseconds. The clock gives milliseconds; a count below keeps entries in order. */
function timestamps(): () => string {
  let last = 0
  let count = 0
  return () => {
    const now = Date.now()
    count = now === last ? count + 1 : 0
    last = now
    return new Date(now).toISOString().replace('Z', `${String(count % 1_000_000).padStart(6, '0')}Z`)
  }
}

/**
 * A container's output: read from its FIFOs, written to its log file on the node. Both are opened by way of the shim's file
 * descriptors, never by name.
 */
export class ContainerLog {
  /** Resolves when both FIFOs have no more writers and all is written. */
  readonly drained: Promise<void>
  private readonly file: number
  private readonly changed = new EventEmitter().setMaxListeners(0)
  private readonly now = timestamps()
  private readonly pass: (stream: Stream, chunk: Buffer) => void
  private ended = false
  private closed = false
  /** How often the file was begun anew. */
  private generation = 0

  /** @param pass is given the output as it comes. @throws when the shim is gone. */
  constructor(shimPid: number, pass: (stream: Stream, chunk: Buffer) => void) {
    this.pass = pass
    const descriptor = (number: number) => `/proc/${shimPid}/fd/${number}`
    this.file = openSync(descriptor(5), constants.O_RDWR | constants.O_APPEND)
    const fifo = (number: number) => openSync(descriptor(number), constants.O_RDONLY | constants.O_NONBLOCK)
    this.drained = this.copyBoth(fifo(3), fifo(4))
  }

  /** Entries from the file's beginning and, with `follow`, as they come, until the container ends. */
  async *entries(options: { follow: boolean; signal?: AbortSignal }): AsyncGenerator<LogEntry> {
    const aborted = () => options.signal?.aborted === true
    const buffer = Buffer.alloc(65_536)
    let position = 0
    let rest = Buffer.alloc(0)
    let { generation } = this
    while (!aborted() && !this.closed) {
      const wasEnded = this.ended
      const change = once(this.changed, 'change', { signal: options.signal }).catch(() => {})
      const { bytesRead } = await readAt(this.file, buffer, 0, buffer.length, position)
      if (generation !== this.generation) {
        generation = this.generation
        position = 0
        rest = Buffer.alloc(0)
        continue
      }
      if (bytesRead === 0) {
        if (!options.follow || wasEnded) return
        await change
        continue
      }
      position += bytesRead
      rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
      const end = rest.lastIndexOf(10) + 1
      const lines = rest.subarray(0, end).toString().split('\n').slice(0, -1)
      rest = rest.subarray(end)
      for (const line of lines) {
        const entry = parseEntry(line)
        if (entry) yield entry
      }
    }
  }

  /** Closes the file; entries() gives nothing after that. */
  close(): void {
    this.closed = true
    closeSync(this.file)
  }

  private async copyBoth(stdout: number, stderr: number): Promise<void> {
    await Promise.all([this.copy('stdout', stdout), this.copy('stderr', stderr)])
    this.ended = true
    this.changed.emit('change')
  }

  private copy(stream: Stream, fifo: number): Promise<void> {
    const socket = new Socket({ fd: fifo, readable: true, writable: false })
    let rest = ''
    const decoder = new StringDecoder()
    socket.on('data', (chunk: Buffer) => {
      this.pass(stream, chunk)
      const lines = (rest + decoder.write(chunk)).split('\n')
      rest = lines.pop() ?? ''
      this.write(stream, lines, false)
      while (rest.length > MAX_LINE) {
        this.write(stream, [rest.slice(0, MAX_LINE)], true)
        rest = rest.slice(MAX_LINE)
      }
    })
    return new Promise((resolve) => {
      socket.once('close', () => {
        if (rest) this.write(stream, [rest], false)
        resolve()
      })
      socket.once('error', () => socket.destroy())
      socket.once('end', () => socket.destroy())
    })
  }

  private write(stream: Stream, lines: readonly string[], partial: boolean): void {
    if (lines.length === 0) return
    const text = lines.map((line) => `${formatEntry(this.now(), stream, partial, line)}\n`).join('')
    try {
      if (fstatSync(this.file).size >= MAX_FILE) {
        ftruncateSync(this.file)
        this.generation++
      }
      writeSync(this.file, text)
    } catch {
      // A full disk on the node loses log lines, as it does with containerd; it must not stop the container.
    }
    this.changed.emit('change')
  }
}
