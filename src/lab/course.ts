import type { LabEntry } from './load.ts'

/**
 * Labs in the order in which to learn them: each after the one that it names with `after`, and otherwise by id. A broken lab, or one whose
 * predecessor is not there, is among the first.
 */
export function inCourseOrder(entries: readonly LabEntry[]): LabEntry[] {
  const ids = new Set(entries.map(({ id }) => id))
  const followers = new Map<string | undefined, LabEntry[]>()
  for (const entry of entries.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const wanted = 'lab' in entry ? entry.lab.after : undefined
    const before = wanted !== undefined && ids.has(wanted) ? wanted : undefined
    followers.set(before, [...(followers.get(before) ?? []), entry])
  }
  const following = (id: string | undefined): LabEntry[] =>
    (followers.get(id) ?? []).flatMap((entry) => [entry, ...following(entry.id)])
  const ordered = following(undefined)
  // Labs that wait for each other come last.
  return [...ordered, ...entries.filter((entry) => !ordered.includes(entry))]
}
