import type { Problem } from '../lab/problem.ts'
import type { LabCard } from '../ui/ports.ts'
import type { App } from './compose.ts'

/** A lab's card, but for what its machines would be made of. */
export type ListedLab = Omit<LabCard, 'driver'>

/** All labs with the learner's progress, and what is wrong with those that can't be read. */
export async function listLabs(app: App): Promise<{ labs: ListedLab[]; problems: Problem[] }> {
  const { readProgress } = await import('../session/progress.ts')
  const running = new Set(await app.running())
  const entries = await app.labs()
  const labs = entries.flatMap((entry) => {
    if (!('lab' in entry)) return []
    const { id, title, minutes, summary, learn, steps } = entry.lab
    const done = readProgress(app.paths, id).done.length
    return [{ id, title, minutes, summary, learn, steps: steps.length, done, running: running.has(id) }]
  })
  return { labs, problems: entries.flatMap((entry) => ('problems' in entry ? entry.problems : [])) }
}
