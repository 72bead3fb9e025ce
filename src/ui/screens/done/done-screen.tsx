import { Box } from 'ink'
import type { StepSummary } from '../../../session/view.ts'
import type { Size } from '../../../terminals/cells.ts'
import { Lines } from '../../components/lines.tsx'
import { progressBar } from '../../components/progress-bar.ts'
import { renderMarkdown } from '../../markdown.ts'
import type { Marks } from '../../marks.ts'
import type { LabCard } from '../../ports.ts'
import { wrapText } from '../../spans.ts'
import { style } from '../../theme.ts'
import { doneView, type DoneView } from './done-view.ts'

interface DoneScreenProps {
  readonly lesson: { readonly lab: string; readonly title: string; readonly steps: readonly StepSummary[] }
  readonly cards: readonly LabCard[]
  /** How long it took, where that is known. */
  readonly minutes?: number | undefined
  readonly size: Size
  readonly marks: Marks
}

/** Text is read best in lines no longer than this. */
const WIDEST = 78

/** The end of a lab: how it went, what stays, where to go. */
export function DoneScreen({ lesson, cards, minutes, size, marks }: DoneScreenProps) {
  const columns = Math.min(WIDEST, size.columns - 4)
  const view = doneView(lesson.lab, lesson.steps, cards)
  const lines = [
    '',
    style('good', `${marks.good} `) + style('strong', `You finished "${lesson.title}".`),
    '',
    ...tally(view, minutes, columns, marks),
    ...learned(view, columns, marks),
    ...onward(view, columns, marks),
  ]
  const left = Math.floor((size.columns - columns) / 2)
  return (
    <Box paddingLeft={left} width={size.columns} height={size.rows} flexShrink={0} overflow="hidden">
      <Lines lines={lines} size={{ columns, rows: size.rows }} />
    </Box>
  )
}

function tally(view: DoneView, minutes: number | undefined, columns: number, marks: Marks): string[] {
  const { steps, own, solved, hints } = view
  const bar = progressBar(own + solved, steps, Math.max(1, Math.min(30, columns - 20)), marks)
  const words = [
    solved === 0 ? `every step your own` : `${count(own, 'step')} your own, ${solved} solved for you`,
    hints === 0 ? 'no hints' : count(hints, 'hint'),
    ...(minutes === undefined ? [] : [`${Math.max(1, Math.round(minutes))} min`]),
  ]
  return [`${bar} ${own + solved}/${steps} steps`, ...wrapText(words.join(' · '), columns)]
}

function learned({ learn }: DoneView, columns: number, marks: Marks): string[] {
  if (learn.length === 0) return []
  const list = learn.map((what) => `- ${what}`).join('\n')
  return ['', style('strong', 'What you know now'), ...renderMarkdown(list, columns, marks)]
}

function onward({ next }: DoneView, columns: number, marks: Marks): string[] {
  if (!next) return ['', ...wrapText('That was the last of the labs. Well done.', columns)]
  return [
    '',
    style('strong', 'Where next'),
    `${style('accent', `${marks.pointer} ${next.title}`)}  ${style('muted', `${next.minutes} min`)}`,
    ...wrapText(next.summary, columns - 2).map((line) => `  ${line}`),
  ]
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`
