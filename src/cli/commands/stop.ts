import { labsWithRun } from '../../base/lab-folders.ts'
import type { App } from '../compose.ts'
import type { Command, Invocation } from '../command.ts'
import { destroyElsewhere } from '../elsewhere.ts'
import { endAbandonedProofs } from '../proof-folders.ts'

export const stop: Command = {
  name: 'stop',
  summary: 'end a lab: nothing of it is left running; progress is kept',
  arguments: [{ name: '[lab]', summary: 'the running lab when there is only one' }],
  options: [
    { flags: '--all', summary: 'end every lab' },
    { flags: '--destroy', summary: 'then remove the virtual machine or container that labs ran in' },
  ],
  examples: ['knet-labs stop', 'knet-labs stop flannel', 'knet-labs stop --all --destroy'],
  async run(app, { args, options }) {
    const names = await namesOf(app, args[0] ?? app.globals.lab, options)
    const stopped: string[] = []
    const ending = await Promise.allSettled(
      names.map(async (name) => {
        if (!(await (await app.driverOf(name)).down(name))) return
        stopped.push(name)
        app.output.line(`Stopped ${name}. Progress is kept: knet-labs start ${name} goes on.`)
      }),
    )
    const failed = ending.find((one) => one.status === 'rejected')
    if (failed) throw failed.reason
    if (options['all']) await endAbandonedProofs(app)
    const destroyed = options['destroy'] ? await destroyElsewhere(app) : undefined
    app.output.document({ stopped, destroyed })
    for (const place of destroyed ?? []) app.output.line(`Removed what ${place} had.`)
    if (stopped.length === 0 && !destroyed)
      app.output.line(options['all'] ? 'No lab is running.' : `${names.join(', ')} is not running.`)
    return 0
  },
}

/** All of them means also those in a virtual machine that was turned off, and what was killed. */
async function namesOf(
  app: App,
  named: string | undefined,
  options: Invocation['options'],
): Promise<string[]> {
  if (options['all']) return labsWithRun(app.paths)
  if (named !== undefined) return [named]
  const isIdle = options['destroy'] && (await app.running()).length === 0
  return isIdle ? [] : [await app.runningLab()]
}
