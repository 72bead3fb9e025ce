import { PassThrough, Writable } from 'node:stream'
import type { RunningExec, StreamOptions } from '../kube/kubelet/runtime.ts'
import { hostExec } from '../machine/host.ts'
import type { Stream } from './container-log.ts'

export interface ContainerStdin {
  /** Undefined for a container that has none. */
  readonly stream: Writable | undefined
  /** Close it when the first client's input ends, and keep output for that client. */
  readonly once: boolean
  /** Path of the container's terminal, if it has one. */
  readonly device: string | undefined
}

/** What of a container's output is kept for its first client, in bytes. */
const KEPT = 65_536
/** A client that is further behind than this, in bytes, is let go: it must not fill this process' memory. */
const LAG = 16 * 1_048_576

/** Those who are attached to a container: they get its output, and it gets their input. */
export class AttachedClients {
  readonly #stdin: ContainerStdin
  readonly #clients = new Set<Record<Stream, PassThrough>>()
  #kept: { stream: Stream; chunk: Buffer }[] | undefined
  #ended = false

  constructor(stdin: ContainerStdin) {
    this.#stdin = stdin
    if (stdin.once) this.#kept = []
    // A container may end, or close its stdin, before it has read everything.
    stdin.stream?.on('error', () => {})
  }

  /** Output of the container. */
  pass(stream: Stream, chunk: Buffer): void {
    for (const client of this.#clients) {
      if (client[stream].writableLength > LAG) this.#leave(client)
      else client[stream].write(chunk)
    }
    if (!this.#kept) return
    this.#kept.push({ stream, chunk })
    let size = this.#kept.reduce((sum, { chunk }) => sum + chunk.length, 0)
    while (size > KEPT) size -= this.#kept.shift()?.chunk.length ?? size
  }

  /** What the container reads, if it reads anything. */
  type(text: string): void {
    this.#stdin.stream?.write(text)
  }

  /** The container has no more output. */
  end(): void {
    this.#ended = true
    this.#stdin.stream?.destroy()
    for (const client of this.#clients) this.#leave(client)
  }

  /** As with the CRI, an attachment that lasts until the container's end is a success, whatever its exit code. */
  attach(options: StreamOptions, exited: Promise<unknown>): RunningExec {
    const client = { stdout: new PassThrough(), stderr: new PassThrough() }
    this.#clients.add(client)
    for (const { stream, chunk } of this.#kept ?? []) client[stream].write(chunk)
    this.#kept = undefined
    if (this.#ended) this.#leave(client)
    const { device } = this.#stdin
    return {
      stdin: options.stdin && this.#stdin.stream ? this.#inputOf(this.#stdin.stream) : undefined,
      stdout: client.stdout,
      stderr: device ? undefined : client.stderr,
      resize: (columns, rows) => {
        // Whoever resizes a terminal that is gone need not be told.
        if (device) hostExec(['stty', '-F', device, 'cols', `${columns}`, 'rows', `${rows}`]).catch(() => {})
      },
      exited: exited.then(() => 0),
      kill: () => {
        this.#leave(client)
        if (options.stdin) this.#closeStdin()
      },
    }
  }

  #inputOf(stream: Writable): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        stream.write(chunk, () => done())
      },
      final: (done) => {
        this.#closeStdin()
        done()
      },
    })
  }

  /** The end of input; a terminal's is a key, not an end. */
  #closeStdin(): void {
    if (this.#stdin.once && !this.#stdin.device) this.#stdin.stream?.end()
  }

  #leave(client: Record<Stream, PassThrough>): void {
    this.#clients.delete(client)
    client.stdout.end()
    client.stderr.end()
  }
}
