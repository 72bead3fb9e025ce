import { PassThrough } from 'node:stream'

/** The stdin that Ink gets for life: it may set whatever modes it likes on it, and nobody ever types. */
export function silentStdin(): NodeJS.ReadStream {
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: () => stdin,
    ref: () => stdin,
    unref: () => stdin,
  })
  return stdin as unknown as NodeJS.ReadStream
}
