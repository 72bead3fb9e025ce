import type { AppState } from './app-state.ts'
import type { StepMark, TitleBarProps } from './components/title-bar.tsx'

/** What the title bar says. */
export function titleOf(state: AppState): Omit<TitleBarProps, 'columns' | 'marks'> {
  const { screen, lesson } = state
  if (screen === 'labs' || !lesson)
    return { title: 'knet-labs', notes: ['Kubernetes networking, packet by packet'] }
  const title = { map: 'Network of ', packets: 'Packets in ' }[screen as string] ?? ''
  const hints = lesson.steps.reduce((sum, { hintsUsed }) => sum + hintsUsed, 0)
  const passed = lesson.report?.checks.filter(({ outcome }) => outcome === 'passed').length
  return {
    title: title ? title + lesson.lab : lesson.title,
    steps: lesson.steps.map(({ current, done }): StepMark => (current ? 'here' : done ? 'done' : 'todo')),
    notes: [
      ...(lesson.report
        ? [`checks ${passed}/${lesson.report.checks.length}${lesson.report.holds ? ': it holds' : ''}`]
        : []),
      ...(hints > 0 ? [`hints ${hints}`] : []),
    ],
    message: lesson.busy && `${lesson.busy} … Esc gives up`,
  }
}
