import type { Command } from '../command.ts'
import { readRecord } from '../../elsewhere/record.ts'
import { formatProblem } from '../../lab/problem.ts'
import { type ListedLab, listLabs } from '../lab-list.ts'

export const list: Command = {
  name: 'list',
  summary: 'list the labs',
  examples: ['knet-labs list', 'knet-labs list --json'],
  async run(app) {
    const { labs, problems } = await listLabs(app)
    const where = (id: string) => readRecord(app.paths, id)?.place
    app.output.document({
      labs: labs.map((lab) => ({ ...withoutDetails(lab), where: where(lab.id) })),
      problems,
    })
    app.output.table(
      ['LAB', 'MINUTES', 'DONE', 'STATE', 'TITLE'],
      labs.map((lab) => [
        lab.id,
        String(lab.minutes),
        `${lab.done}/${lab.steps}`,
        lab.running ? running(where(lab.id)) : '',
        lab.title,
      ]),
    )
    for (const problem of problems) app.output.progress(formatProblem(problem))
    return 0
  },
}

const running = (where: string | undefined) => (where ? `running (${where})` : 'running')

const withoutDetails = ({ id, title, minutes, summary, steps, done, running }: ListedLab) => ({
  id,
  title,
  minutes,
  summary,
  steps,
  done,
  running,
})
