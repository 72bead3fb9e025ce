import type { Command } from '../command.ts'
import { formatProblem } from '../../lab/problem.ts'
import { listLabs } from '../lab-list.ts'

export const list: Command = {
  name: 'list',
  summary: 'list the labs',
  examples: ['knet-labs list', 'knet-labs list --json'],
  async run(app) {
    const { labs, problems } = await listLabs(app)
    app.output.document({ labs: labs.map(({ learn: _, ...lab }) => lab), problems })
    app.output.table(
      ['LAB', 'MINUTES', 'DONE', 'STATE', 'TITLE'],
      labs.map((lab) => [
        lab.id,
        String(lab.minutes),
        `${lab.done}/${lab.steps}`,
        lab.running ? 'running' : '',
        lab.title,
      ]),
    )
    for (const problem of problems) app.output.progress(formatProblem(problem))
    return 0
  },
}
