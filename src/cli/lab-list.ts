import type { Problem } from '../lab/problem.ts'
import type { App } from './compose.ts'

export interface ListedLab {
  readonly id: string
  readonly title: string
  readonly minutes: number
  readonly summary: string
  readonly learn: readonly string[]
  readonly steps: number
  /** Steps that held once. */
  readonly done: number
  readonly running: boolean
}

/** All labs with the learner's progress, and what is wrong with those that can't be read. */
export async function listLabs(app: App): Promise<{ labs: ListedLab[]; problems: Problem[] }> {
  const { readProgress } = await import('../session/progress.ts')
  const running = new Set(await (await app.driver()).list())
  const entries = await app.labs()
  const labs = entries.flatMap((entry) => {
    if (!('lab' in entry)) return []
    const { id, title, minutes, summary, learn, steps } = entry.lab
    const done = readProgress(app.paths, id).done.length
    return [{ id, title, minutes, summary, learn, steps: steps.length, done, running: running.has(id) }]
  })
  return { labs, problems: entries.flatMap((entry) => ('problems' in entry ? entry.problems : [])) }
}
