import type { Output } from './output.ts'
import { COMMANDS } from './commands.ts'

/** What is shown when knet-labs is run with nothing: the labs, and how to start one. */
export async function welcome(output: Output): Promise<void> {
  const { composeApp } = await import('./compose.ts')
  const app = composeApp({
    output,
    env: process.env,
    signal: new AbortController().signal,
    globals: { json: output.json, debug: false, lab: undefined, yes: false },
  })
  output.line('knet-labs: Kubernetes networking, packet by packet.')
  output.line()
  await COMMANDS.find((command) => command.name === 'list')?.run?.(app, { args: [], options: {} })
  output.line()
  output.line('Start one:        knet-labs start flannel')
  output.line('Check this host:  knet-labs doctor')
  output.line('All commands:     knet-labs --help')
}
