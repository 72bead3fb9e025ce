import type { Command } from '../command.ts'
import { formatProblem } from '../../lab/problem.ts'

export const list: Command = {
  name: 'list',
  summary: 'list the labs',
  examples: ['knet-labs list', 'knet-labs list --json'],
  async run(app) {
    const [{ loadLabs }, { readProgress }] = await Promise.all([
      import('../../lab/load.ts'),
      import('../../session/progress.ts'),
    ])
    const running = new Set(await (await app.driver()).list())
    const entries = loadLabs(app.labsDir)
    const rows = entries.flatMap((entry) => {
      if (!('lab' in entry)) return []
      const { id, title, minutes, summary, steps } = entry.lab
      const done = readProgress(app.paths, id).done.length
      return [{ id, title, minutes, summary, steps: steps.length, done, running: running.has(id) }]
    })
    const broken = entries.flatMap((entry) => ('problems' in entry ? entry.problems : []))
    app.output.document({ labs: rows, problems: broken })
    app.output.table(
      ['LAB', 'MINUTES', 'DONE', 'STATE', 'TITLE'],
      rows.map((row) => [
        row.id,
        String(row.minutes),
        `${row.done}/${row.steps}`,
        row.running ? 'running' : '',
        row.title,
      ]),
    )
    for (const problem of broken) app.output.progress(formatProblem(problem))
    return 0
  },
}
