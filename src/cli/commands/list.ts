import type { Command } from '../command.ts'
import { formatProblem } from '../../lab/problem.ts'
import { type ListedLab, listLabs } from '../lab-list.ts'

export const list: Command = {
  name: 'list',
  summary: 'list the labs',
  examples: ['knet-labs list', 'knet-labs list --json'],
  async run(app) {
    const { labs, problems } = await listLabs(app)
    app.output.document({ labs: labs.map(withoutDetails), problems })
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

const withoutDetails = ({ id, title, minutes, summary, steps, done, running }: ListedLab) => ({
  id,
  title,
  minutes,
  summary,
  steps,
  done,
  running,
})
