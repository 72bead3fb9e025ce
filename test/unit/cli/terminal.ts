import { Writable } from 'node:stream'
import { Output } from '../../../src/cli/output.ts'

/** An Output and what it has written. */
export interface Written {
  readonly output: Output
  readonly stdout: () => string
  readonly stderr: () => string
}

export function written(
  o: { json?: boolean; tty?: boolean; columns?: number; env?: NodeJS.ProcessEnv } = {},
): Written {
  const said = { stdout: '', stderr: '' }
  const stream = (name: 'stdout' | 'stderr') =>
    Object.assign(
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          said[name] += chunk.toString()
          done()
        },
      }),
      { isTTY: o.tty ?? false, columns: o.columns ?? 80 },
    ) as unknown as NodeJS.WriteStream
  const output = new Output({
    json: o.json ?? false,
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    env: o.env ?? {},
  })
  return { output, stdout: () => said.stdout, stderr: () => said.stderr }
}
