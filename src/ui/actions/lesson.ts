import { EMPTY_LINE } from '../components/edit-line.ts'
import type { Controller } from '../controller.ts'
import { layoutOf } from '../lesson/terminal-desk.ts'
import { inside } from '../layout.ts'
import { lessonText } from '../lesson/lesson-text.ts'

/** What a learner does with a step. */
export function lessonActions(controller: Controller) {
  const lesson = () => controller.door.lesson?.actions
  const state = () => controller.state.lesson

  const turn = (page: 'explain' | 'deeper') => {
    const { page: at, step } = state() ?? {}
    if (page === 'deeper' && step?.deeper === undefined) return
    lesson()?.turnTo(at === page ? 'task' : page)
  }

  /** By pages of what is seen; a line of the old page stays. */
  const scroll = (by: 1 | -1) => {
    const now = state()
    const pane = now && layoutOf(now, controller.state.size).text
    if (!now || !pane) return
    const { rows, scroll, lines } = lessonText(now, inside(pane), controller.state.look)
    const last = Math.max(0, lines.length - rows)
    lesson()?.scrollTo(Math.min(last, Math.max(0, scroll + by * Math.max(1, rows - 1))))
  }

  /** Before what can't be taken back, or takes the fun out of it. */
  const sure = (title: string, line: string, yes: string, run: () => void) =>
    controller.show({ kind: 'confirm', title, lines: [line], yes, run })

  return {
    'suggestion.up': () => lesson()?.select(-1),
    'suggestion.down': () => lesson()?.select(1),
    'suggestion.type': () => typeSuggestion(controller, false),
    'suggestion.second': () => typeSuggestion(controller, true),
    'text.pageup': () => scroll(-1),
    'text.pagedown': () => scroll(1),
    'lesson.cancel': () => lesson()?.cancel(),
    'step.check': () => lesson()?.check(),
    'step.hint': () => lesson()?.hint(),
    'step.next': () => lesson()?.next(),
    'step.previous': () => lesson()?.previous(),
    'step.explain': () => turn('explain'),
    'step.deeper': () => turn('deeper'),
    'step.choose': () => chooseStep(controller),
    'step.solve': () =>
      sure(
        'Solve this step?',
        'Its commands are run for you and shown; the step counts as solved.',
        'solve',
        () => lesson()?.solve(),
      ),
    'step.reset': () =>
      sure('Put this step back?', 'What you changed in this step is gone.', 'put it back', () =>
        lesson()?.resetStep(),
      ),
    'lab.reset': () =>
      sure(
        'Put the whole lab back?',
        'Everything is as the lab began: machines, terminals, your progress.',
        'put it back',
        () => lesson()?.resetLab(),
      ),
  }
}

/** kubectl's words have no place of their own: machines have it. */
function typeSuggestion({ door, state }: Controller, elsewhere: boolean): unknown {
  const suggestion = state.lesson?.step?.run[state.lesson.selected]
  const place = suggestion?.on ?? door.lesson?.lab.machines[0]
  if (!suggestion || place === undefined) return undefined
  return door.lesson?.desk.type(place, suggestion.command, elsewhere)
}

function chooseStep(controller: Controller): void {
  const steps = controller.state.lesson?.steps ?? []
  controller.show({
    kind: 'choose',
    title: 'Go to a step',
    choices: steps.map(({ id, title, done, solved }, i) => ({
      id,
      label: `${i + 1} ${title}`,
      note: done ? (solved ? 'solved for you' : 'done') : '',
    })),
    query: EMPTY_LINE,
    selected: Math.max(
      0,
      steps.findIndex(({ current }) => current),
    ),
    run: (id) => void controller.door.lesson?.actions.goto(id),
  })
}
