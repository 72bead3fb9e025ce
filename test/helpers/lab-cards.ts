import { resolve } from 'node:path'
import { loadLabs } from '../../src/lab/load.ts'
import type { LabCard } from '../../src/ui/ports.ts'

/** Three that a screen has room for: pictures need not change with every new lab. */
const SHOWN = new Set(['containers', 'flannel', 'services'])

/** Cards of labs in this repository; `change` says how far each is. */
export function labCards(change: Readonly<Record<string, Partial<LabCard>>> = {}): LabCard[] {
  return loadLabs(resolve(import.meta.dirname, '../../labs')).flatMap((entry): LabCard[] => {
    if (!('lab' in entry) || !SHOWN.has(entry.id)) return []
    const { id, title, minutes, summary, learn, steps } = entry.lab
    const card = { id, title, minutes, summary, learn, steps: steps.length, done: 0, running: false }
    return [{ ...card, driver: 'sandbox', ...change[id] }]
  })
}
