import type { Command } from '../command.ts'
import { SHELL } from '../../machine/namespace-machine.ts'
import { findTarget } from '../target.ts'

export const shell: Command = {
  name: 'shell',
  summary: 'open a shell in a machine or pod; exit or Ctrl-D comes back',
  arguments: [{ name: '[machine|pod]', summary: 'node0 when absent' }],
  examples: ['knet-labs shell node0', 'knet-labs shell hello-kubernetes'],
  async run(app, { args }) {
    const environment = await app.environment()
    const target = args[0] ?? environment.running.machines[0]?.name ?? 'node0'
    const machine = await findTarget(environment, target)
    return await machine.attach(SHELL)
  },
}
