import type { Command } from '../command.ts'

export const reset: Command = {
  name: 'reset',
  summary: 'put things right again: the current step as it began, or the whole lab',
  options: [
    { flags: '--step', summary: 'only what this step and later ones changed (the default)' },
    { flags: '--lab [name]', summary: 'everything, progress too; with --step it only says which lab' },
  ],
  examples: ['knet-labs reset', 'knet-labs reset --lab', 'knet-labs reset --step --lab flannel'],
  async run(app, { options }) {
    const session = await app.session()
    const whole = Boolean(options['lab']) && !options['step']
    if (whole) await session.resetLab({ signal: app.signal })
    else await session.resetStep({ signal: app.signal })
    const step = await session.step()
    app.output.document({ reset: whole ? 'lab' : 'step', step: step.id })
    app.output.line(whole ? 'The lab is as it began.' : `Step ${step.number} is as it began.`)
    return 0
  },
}
