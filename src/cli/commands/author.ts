import { EXIT } from '../../base/errors.ts'
import type { Command } from '../command.ts'

const lint: Command = {
  name: 'lint',
  summary: 'every mistake in a lab’s files, as file:line:column',
  arguments: [{ name: '[folder...]', summary: 'folders that hold a lab.yaml; all labs when absent' }],
  examples: ['knet-labs author lint', 'knet-labs author lint labs/flannel'],
  async run(app, { args }) {
    const [{ lintLab, loadLabs }, { formatProblem }] = await Promise.all([
      import('../../lab/load.ts'),
      import('../../lab/problem.ts'),
    ])
    const folders = args.length > 0 ? args : loadLabs(app.labsDir).map((entry) => entry.dir)
    const problems = folders.flatMap((folder) => lintLab(folder))
    app.output.document({ folders, problems })
    for (const problem of problems) app.output.line(formatProblem(problem))
    const count = problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`
    app.output.line(problems.length === 0 ? `${folders.length} labs, no mistakes.` : `${count}.`)
    return problems.length === 0 ? EXIT.ok : EXIT.no
  },
}

export const author: Command = {
  name: 'author',
  summary: 'tools for writing labs',
  examples: ['knet-labs author lint labs/flannel'],
  subcommands: [lint],
}
