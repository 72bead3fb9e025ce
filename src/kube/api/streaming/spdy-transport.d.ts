/** What we use of spdy-transport, which comes without types. */
declare module 'spdy-transport' {
  import type { Duplex } from 'node:stream'

  interface WindowSide {
    update(size: number, callback?: () => void): void
  }

  interface Window {
    send: WindowSide
    recv: WindowSide
  }

  type Headers = Record<string, string>

  export interface Stream extends Duplex {
    readonly headers: Headers
    readonly _spdyState: { readonly window: Window }
    respond(status: number, headers: Headers): void
  }

  export interface Connection {
    readonly _spdyState: {
      readonly window: Window
      readonly parser: {
        parseKVs(buffer: unknown, callback: (error: Error | null, headers?: Headers) => void): void
      }
    }
    on(event: 'stream', listener: (stream: Stream) => void): this
    on(event: 'error', listener: (error: Error) => void): this
    start(version: number): void
  }

  const transport: {
    connection: {
      create(socket: Duplex, options: { protocol: 'spdy'; isServer: boolean; maxChunk?: number }): Connection
    }
  }
  // oxlint-disable-next-line import/no-default-export -- a CommonJS module
  export default transport
}
