import type { Command } from '../command.ts'
import { start } from './start.ts'

export const resume: Command = {
  name: 'resume',
  summary: 'go on where you were: in a running lab, or with a lab that was stopped',
  arguments: [{ name: '[lab]', summary: 'the running lab when there is only one' }],
  ...(start.options ? { options: start.options } : {}),
  examples: ['knet-labs resume', 'knet-labs resume flannel'],
  async run(app, { args, options }) {
    const lab = args[0] ?? (await app.runningLab())
    return (await start.run?.(app, { args: [lab], options })) ?? 0
  },
}
