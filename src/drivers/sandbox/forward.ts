import { connect, createServer } from 'node:net'

/**
 * A program that runs in a machine's network: what comes in by sockets that it inherits (descriptors 3, 4, …), which listen on the
 * host, it passes on to the machine's ports that its arguments name, in the same order.
 */

const FIRST_DESCRIPTOR = 3

for (const [index, port] of process.argv.slice(2).entries()) {
  const server = createServer({ allowHalfOpen: true }, (outside) => {
    const inside = connect({ host: '127.0.0.1', port: Number(port), allowHalfOpen: true })
    outside.pipe(inside).pipe(outside)
    outside.on('error', () => inside.destroy())
    // Nobody listens there yet, or no more.
    inside.on('error', () => outside.destroy())
  })
  server.listen({ fd: FIRST_DESCRIPTOR + index })
}
