import type { Action, StepSource } from './schema.ts'

/** Everything a step does to the world, each with where it is written below the step. */
export function actionsOf(step: StepSource): { path: (string | number)[]; action: Action }[] {
  const list = (path: (string | number)[], actions: readonly Action[] = []) =>
    actions.map((action, index) => ({ path: [...path, index], action }))
  return [
    ...list(['solve'], step.solve),
    ...list(['undo'], step.undo),
    ...(step.alternatives ?? []).flatMap((way, index) => [
      ...list(['alternatives', index, 'do'], way.do),
      ...list(['alternatives', index, 'undo'], way.undo),
    ]),
  ]
}
