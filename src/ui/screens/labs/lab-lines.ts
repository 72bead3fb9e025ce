import { progressBar } from '../../components/progress-bar.ts'
import { fitLine, widthOf } from '../../line.ts'
import { renderMarkdown } from '../../markdown.ts'
import type { Marks } from '../../marks.ts'
import type { LabCard } from '../../ports.ts'
import { wrapText } from '../../spans.ts'
import { style } from '../../theme.ts'

const BAR = 10

/** A lab in one line: whether it is selected, its title, how far it is, how long it takes. */
export function titleLine(card: LabCard, columns: number, selected: boolean, marks: Marks): string {
  const pointer = selected ? `${marks.pointer} ` : '  '
  const right = `${stateOf(card, marks)}  ${progressBar(card.done, card.steps, BAR, marks)} ${minutesOf(card)}`
  const title = fitLine(pointer + card.title, Math.max(1, columns - widthOf(right) - 1), marks.more)
  return `${selected ? style('accent', title) : title} ${right}`
}

/** All that there is to say about a lab before it starts. */
export function detailLines(card: LabCard, columns: number, marks: Marks): string[] {
  const { summary, learn, done, steps, minutes, driver } = card
  const bar = progressBar(done, steps, Math.max(1, Math.min(24, columns - 22)), marks)
  return [
    ...wrapText(summary, columns),
    '',
    style('strong', 'You will learn'),
    ...renderMarkdown(learn.map((what) => `- ${what}`).join('\n'), columns, marks),
    '',
    `${bar} ${done}/${steps} steps done`,
    fitLine(`about ${minutes} minutes · ${driver} · ${standing(card, marks)}`, columns, marks.more),
  ]
}

const minutesOf = ({ minutes }: LabCard) => `${minutes} min`.padStart(7)

/** Always as wide, so that lists line up. */
function stateOf({ running, done, steps }: LabCard, marks: Marks): string {
  if (running) return style('good', fitLine(`${marks.running} running`, 9, marks.more))
  if (done >= steps) return style('good', fitLine(`${marks.good} done`, 9, marks.more))
  return fitLine(done > 0 ? `${done}/${steps}` : '', 9, marks.more)
}

/** What it is doing now, and what Enter would do. */
function standing({ running, done, steps }: LabCard, marks: Marks): string {
  if (running) return `${style('good', `${marks.running} running`)}, Enter goes back to it`
  if (done >= steps) return `${style('good', `${marks.good} done`)}, Enter starts it again`
  return done > 0 ? 'Enter takes it up again' : 'Enter starts it'
}
