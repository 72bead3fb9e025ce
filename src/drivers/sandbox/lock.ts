import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { LabError } from '../../base/errors.ts'

/**
 * Takes the right to bring a lab up. The lock is a name in the kernel's table of abstract sockets (unix(7)), which is
 * taken at once or not at all and is gone with the process that took it, so there is no such thing as a stale one.
 * @returns what gives the lock back.
 * @throws LabError KNET_LAB_STARTING when another process has it.
 */
export async function lockLab(name: string, run: string): Promise<() => void> {
  const id = createHash('sha256').update(`${process.getuid?.()}:${run}`).digest('hex').slice(0, 32)
  const server = createServer((socket) => socket.destroy())
  try {
    await once(server.listen(`\0knet-labs/${id}`), 'listening')
  } catch (cause) {
    throw new LabError('KNET_LAB_STARTING', {
      message: `The lab ${name} is being started by another process just now.`,
      hint: 'Wait for it, then: knet-labs status',
      cause,
    })
  }
  server.unref()
  return () => server.close()
}
