import { fitLine } from '../../line.ts'
import type { Marks } from '../../marks.ts'
import { wrapText } from '../../spans.ts'
import { style } from '../../theme.ts'
import type { StartPhase, StartState } from './start-state.ts'

const CELL = 9
/** As wide as the longest name of a phase. */
const NAME = 34

/** A row a phase, a column a machine: the time at which each had happened, and what is still awaited. */
export function phaseTable({ phases, machines }: StartState, columns: number, marks: Marks): string[] {
  const places = ['', ...machines]
  const name = Math.max(12, Math.min(NAME, columns - CELL * places.length))
  const header = places.map((place) => (place || 'lab').padStart(CELL)).join('')
  const rows = phases.map((phase) => {
    const cells = places.map((place) => cell(phase, place, machines, marks)).join('')
    const done = isComplete(phase, machines)
    const mark = done ? style('good', marks.good) : style('warn', marks.more)
    return fitLine(`${mark} ${fitLine(phase.name, name - 2, marks.more)}${cells}`, columns, '')
  })
  return [style('muted', fitLine(' '.repeat(name) + header, columns, '').trimEnd()), ...rows]
}

/** What happens on one machine is awaited on all of them. */
const isComplete = ({ at }: StartPhase, machines: readonly string[]) =>
  '' in at || machines.every((machine) => machine in at)

function cell(phase: StartPhase, place: string, machines: readonly string[], { more }: Marks): string {
  const ms = phase.at[place]
  if (ms !== undefined) return seconds(ms).padStart(CELL)
  const awaited = place !== '' && !isComplete(phase, machines)
  return awaited ? style('muted', more.padStart(CELL)) : ' '.repeat(CELL)
}

export const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`

/** What went wrong, and the command that mends it. */
export function failureLines({ failure }: StartState, columns: number, marks: Marks): string[] {
  if (!failure) return []
  const hint = failure.hint?.split('\n').flatMap((line) => wrapText(line, columns - 2)) ?? []
  return [
    ...failure.message.split('\n').flatMap((line) => wrapText(line, columns)),
    '',
    ...hint.map((line, i) => `${style('accent', i === 0 ? marks.pointer : ' ')} ${style('code', line)}`),
    ...(hint.length > 0 ? [''] : []),
    style('muted', failure.code),
  ]
}
