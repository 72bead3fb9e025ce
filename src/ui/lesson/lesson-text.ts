import type { CheckReport } from '../../session/check-step.ts'
import type { Size } from '../../terminals/cells.ts'
import type { Look } from '../app-state.ts'
import { renderMarkdown } from '../markdown.ts'
import { fitLine, widthOf } from '../line.ts'
import type { Marks } from '../marks.ts'
import { style } from '../theme.ts'
import type { LessonState } from './lesson-state.ts'

/** What the text pane shows: lines that are read by scrolling, and below them what is always in sight. */
export interface LessonText {
  /** All lines of the page. */
  readonly lines: readonly string[]
  /** How many of them fit. */
  readonly rows: number
  /** First of them that is shown. */
  readonly scroll: number
  /** The suggested commands and the checks. */
  readonly pinned: readonly string[]
}

/** What is pinned takes at most this share of the pane. */
const PINNED_SHARE = 0.55
/** A heading and the selected one. */
const COMMANDS_AT_LEAST = 2

export function lessonText(lesson: LessonState, { columns, rows }: Size, look: Look): LessonText {
  const { marks } = look
  const lines = pageLines(lesson, columns, look)
  const room = Math.max(2, Math.floor(rows * PINNED_SHARE))
  const failure = failureLines(lesson, columns, marks)
  const all = [...failure, ...checkLines(lesson, columns, marks)]
  // Where there is no room for all, what holds is counted only.
  const checks =
    all.length + COMMANDS_AT_LEAST <= room ? all : [...failure, ...openChecks(lesson, columns, marks)]
  const commands = commandLines(lesson, columns, Math.max(COMMANDS_AT_LEAST, room - checks.length), marks)
  const pinned = [...commands, ...checks].slice(0, room).map((line) => narrowed(line, columns, marks))
  const left = Math.max(1, rows - pinned.length)
  const scroll = Math.max(0, Math.min(lesson.scroll, lines.length - left))
  return { lines: lines.map((line) => narrowed(line, columns, marks)), rows: left, scroll, pinned }
}

const narrowed = (line: string, columns: number, { more }: Marks) =>
  widthOf(line) > columns ? fitLine(line, columns, more) : line

/** All rows of the pane, top to bottom. */
export function linesInPane({ lines, rows, scroll, pinned }: LessonText): string[] {
  const seen = lines.slice(scroll, scroll + rows)
  return [...seen, ...Array.from({ length: rows - seen.length }, () => ''), ...pinned]
}

function pageLines(lesson: LessonState, columns: number, look: Look): string[] {
  const { marks } = look
  const { step, page } = lesson
  if (!step) return [style('muted', 'One moment …')]
  if (page === 'deeper') return [...renderMarkdown(step.deeper ?? '', columns, marks), '', footer('e back')]
  if (page === 'explain') {
    const more = step.deeper === undefined ? '' : ' · d go deeper'
    const onward = step.number < step.total ? 'n next step' : 'n to the end'
    return [
      style('good', `${marks.good} Done. What it meant:`),
      '',
      ...renderMarkdown(step.explain, columns, marks),
      '',
      footer(`${onward} · e the task again${more}`),
    ]
  }
  return [
    ...renderMarkdown(step.text, columns, marks),
    ...lesson.hints.flatMap(({ number, total, text }) => [
      '',
      ...renderMarkdown(`**Hint ${number} of ${total}.** ${text}`, columns, marks),
    ]),
    ...newcomersLines(lesson, columns, look),
    ...(lesson.transcript.length === 0 ? [] : ['', style('muted', 'Done for you:')]),
    ...lesson.transcript.map((line) => style('code', `  ${line}`)),
  ]
}

/** How the screen works, for who stands at the beginning; whoever asked for a hint has found the keys. */
function newcomersLines({ steps, hints }: LessonState, columns: number, look: Look): string[] {
  if (hints.length > 0 || !steps[0]?.current || steps.some(({ done }) => done)) return []
  const { marks, leader } = look
  const { up, down } = marks
  const words = `**New here?** ${up} ${down} choose a command, Enter types it into the terminal, where you press Enter. ${leader} comes back here. Checks look by themselves; when they hold, n goes on. h is a hint, ? shows every key.`
  return ['', ...renderMarkdown(words, columns, marks)]
}

const footer = (text: string) => style('muted', text)

/** One line a command; a window around the selected one when there are many. */
function commandLines(lesson: LessonState, columns: number, room: number, marks: Marks): string[] {
  const run = lesson.step?.run ?? []
  if (run.length === 0) return []
  const count = Math.min(run.length, Math.max(1, room - 1))
  const first = Math.max(0, Math.min(lesson.selected - Math.floor(count / 2), run.length - count))
  const lines = run.slice(first, first + count).map(({ on, command }, i) => {
    const chosen = first + i === lesson.selected
    const place = on === undefined ? '' : `${on}$ `
    const text = ` ${chosen ? marks.pointer : ' '} ${place}${command}`
    return style(chosen ? 'selected' : 'code', fitLine(text, columns, marks.more))
  })
  const more = run.length > count ? ` ${lesson.selected + 1}/${run.length}` : ''
  return [heading(`Try (Enter types it)${more}`, columns, marks), ...lines]
}

function checkLines(lesson: LessonState, columns: number, marks: Marks): string[] {
  const { report, busy } = lesson
  if (!report)
    return [heading('Checks', columns, marks), style('muted', ` ${marks.unknown} ${busy ?? 'looking …'}`)]
  const state = report.holds ? 'the step holds' : 'not yet'
  const skipped =
    report.skipped > 0 ? style('muted', ` ${marks.unknown} c captures packets for the rest`) : ''
  return [
    heading(`Checks: ${state}`, columns, marks),
    ...report.checks.flatMap((check) => oneCheck(check, columns, marks)),
    ...(skipped && !report.holds ? [skipped] : []),
  ]
}

/** The checks that don't hold, and how many do. */
function openChecks(lesson: LessonState, columns: number, marks: Marks): string[] {
  const { report } = lesson
  if (!report) return checkLines(lesson, columns, marks)
  const open = report.checks.filter(({ outcome }) => outcome !== 'passed')
  const passed = report.checks.length - open.length
  const lines = checkLines({ ...lesson, report: { ...report, checks: open } }, columns, marks)
  return passed === 0
    ? lines
    : [...lines, ` ${style('good', marks.good)} ${passed} ${passed === 1 ? 'holds' : 'hold'}`]
}

const LOOKS = { passed: ['good', 'good'], failed: ['bad', 'bad'], unknown: ['warn', 'unknown'] } as const

function oneCheck(check: CheckReport, columns: number, marks: Marks): string[] {
  const nice = check.level === 'nice' ? ' *(nice to have)*' : ''
  const [first = '', ...rest] = renderMarkdown(`${check.message}${nice}`, columns - 3, marks)
  const diagnosis = check.diagnosis === undefined ? [] : renderMarkdown(check.diagnosis, columns - 5, marks)
  const [role, mark] = LOOKS[check.outcome]
  return [
    ` ${style(role, marks[mark])} ${first}`,
    ...rest.map((line) => `   ${line}`),
    ...diagnosis.map((line, i) => `   ${style('warn', i === 0 ? marks.pointer : ' ')} ${line}`),
  ]
}

function failureLines({ failure }: LessonState, columns: number, marks: Marks): string[] {
  if (!failure) return []
  const [first = '', ...rest] = renderMarkdown(failure.message, columns - 3, marks)
  const hint = failure.hint === undefined ? [] : renderMarkdown(failure.hint, columns - 5, marks)
  return [
    heading('That did not work', columns, marks),
    ` ${style('bad', marks.bad)} ${first}`,
    ...rest.map((line) => `   ${line}`),
    ...hint.map((line) => `   ${line}`),
  ]
}

const heading = (text: string, columns: number, { rule }: Marks) =>
  style('muted', `${rule} ${text} ${rule.repeat(Math.max(0, columns - text.length - 3))}`)
