import { LabError, EXIT } from '../../base/errors.ts'
import type { Command } from '../command.ts'
import { findTarget } from '../target.ts'

export const exec: Command = {
  name: 'exec',
  summary: 'run a command in a machine or pod; its output and exit code are passed through untouched',
  arguments: [
    { name: '<machine|pod>', summary: 'node0, a pod, or the first part of a pod’s name' },
    { name: '[command...]', summary: 'the command, after --' },
  ],
  passThrough: true,
  examples: [
    'knet-labs exec node0 -- ip route',
    'knet-labs exec hello-kubernetes -- ip addr show eth0',
    'echo hello | knet-labs exec node1 -- cat',
  ],
  async run(app, { args }) {
    const [target = '', ...rest] = args
    const argv = rest[0] === '--' ? rest.slice(1) : rest
    if (argv.length === 0) {
      throw new LabError('KNET_USAGE', {
        message: 'There is no command to run.',
        hint: `knet-labs exec ${target} -- ip addr      (or, for a shell: knet-labs shell ${target})`,
        exitCode: EXIT.usage,
      })
    }
    const machine = await findTarget(await app.environment(), target)
    return await machine.attach(argv)
  },
}
