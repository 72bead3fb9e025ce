import type { Command } from '../command.ts'

export const stop: Command = {
  name: 'stop',
  summary: 'end a lab: nothing of it is left running; progress is kept',
  arguments: [{ name: '[lab]', summary: 'the running lab when there is only one' }],
  options: [{ flags: '--all', summary: 'end every lab' }],
  examples: ['knet-labs stop', 'knet-labs stop flannel', 'knet-labs stop --all'],
  async run(app, { args, options }) {
    const names = options['all']
      ? await app.running()
      : [args[0] ?? app.globals.lab ?? (await app.runningLab())]
    const stopped: string[] = []
    await Promise.all(
      names.map(async (name) => {
        if (await (await app.driverOf(name)).down(name)) stopped.push(name)
      }),
    )
    app.output.document({ stopped })
    for (const name of stopped)
      app.output.line(`Stopped ${name}. Progress is kept: knet-labs start ${name} goes on.`)
    if (stopped.length === 0)
      app.output.line(options['all'] ? 'No lab is running.' : `${names.join(', ')} is not running.`)
    return 0
  },
}
