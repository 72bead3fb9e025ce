import type { Command } from './command.ts'
import { list } from './commands/list.ts'
import { modeOf, runFullScreen } from './full-screen.ts'

/** What runs when knet-labs is given no command: the labs to choose from, or for those without a screen a list of them. */
export const welcome: Command = {
  name: 'welcome',
  summary: 'the labs, and how to start one',
  examples: [],
  async run(app, invocation) {
    if (modeOf(app, invocation.options) === 'screen') return await runFullScreen(app, {})
    app.output.line('knet-labs: Kubernetes networking, packet by packet.')
    app.output.line()
    const code = (await list.run?.(app, invocation)) ?? 0
    app.output.line()
    app.output.line('Start one:        knet-labs start flannel')
    app.output.line('Check this host:  knet-labs doctor')
    app.output.line('All commands:     knet-labs --help')
    return code
  },
}
