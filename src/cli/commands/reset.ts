import { EXIT, LabError } from '../../base/errors.ts'
import type { Command } from '../command.ts'

export const reset: Command = {
  name: 'reset',
  summary: 'put things right again: the current step as it began, or the whole lab',
  options: [
    { flags: '--step', summary: 'only what this step and later ones changed (the default)' },
    { flags: '--lab [name]', summary: 'everything, progress too; with --step it only says which lab' },
    {
      flags: '--vm',
      summary: 'the virtual machine or container that the lab is in, as it was when it was new',
    },
  ],
  examples: [
    'knet-labs reset',
    'knet-labs reset --lab',
    'knet-labs reset --step --lab flannel',
    'knet-labs reset --vm',
  ],
  async run(app, { options }) {
    if (options['vm']) throw notElsewhere(await app.runningLab())
    const session = await app.session()
    const whole = Boolean(options['lab']) && !options['step']
    const { signal } = app
    const mended = await (whole ? session.resetLab({ signal }) : session.resetStep({ signal }))
    const step = await session.step()
    app.output.document({ reset: whole ? 'lab' : 'step', step: step.id, mended })
    for (const line of mended) app.output.line(`Mended: ${line}`)
    app.output.line(whole ? 'The lab is as it began.' : `Step ${step.number} is as it began.`)
    return 0
  },
}

/** Where it is, this command never comes to be run here. */
function notElsewhere(lab: string): LabError {
  return new LabError('KNET_USAGE', {
    message: `The lab ${lab} is in no virtual machine or container: it runs on this computer itself.`,
    hint: 'knet-labs reset --lab',
    exitCode: EXIT.usage,
  })
}
