import type { Command } from '../command.ts'
import { showHint } from '../show-step.ts'

export const hint: Command = {
  name: 'hint',
  summary: 'the next hint: where to look, then what to look for, then what to type',
  examples: ['knet-labs hint'],
  async run(app) {
    const hint = await (await app.session()).hint()
    app.output.document(hint)
    showHint(app.output, hint)
    return 0
  },
}
