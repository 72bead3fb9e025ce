import type { LessonState, TerminalTab } from './lesson-state.ts'

/** Terminals that have a place at once. */
const PLACES = 2

/** A terminal is there: it gets a free place, or the active one's. Keys go to it next. */
export function opened(lesson: LessonState, tab: TerminalTab): Partial<LessonState> {
  return activated({ ...lesson, terminals: [...lesson.terminals, tab] }, tab.id)
}

/** Another terminal becomes the one for keys; what has no place takes the place of the one that was active. */
export function activated(lesson: LessonState, id: string): Partial<LessonState> {
  const { terminals, shown, active } = lesson
  const place = shown.includes(id)
    ? shown
    : shown.length < PLACES
      ? [...shown, id]
      : shown.map((other) => (other === active ? id : other))
  return { terminals, shown: place, active: id }
}

/** Another terminal where one was. */
export function replaced(lesson: LessonState, id: string, tab: TerminalTab): Partial<LessonState> {
  return {
    terminals: lesson.terminals.map((other) => (other.id === id ? tab : other)),
    shown: lesson.shown.map((other) => (other === id ? tab.id : other)),
    active: lesson.active === id ? tab.id : lesson.active,
  }
}

/** A terminal is gone: a hidden one takes its place, and a neighbour the keys. */
export function closed(lesson: LessonState, id: string): Partial<LessonState> {
  const index = lesson.terminals.findIndex((tab) => tab.id === id)
  const terminals = lesson.terminals.filter((tab) => tab.id !== id)
  const hidden = terminals.find((tab) => !lesson.shown.includes(tab.id))
  const shown = lesson.shown.flatMap((other) => (other === id ? (hidden ? [hidden.id] : []) : [other]))
  const neighbour = terminals[Math.min(Math.max(index, 0), terminals.length - 1)]
  const active = lesson.active === id ? neighbour?.id : lesson.active
  const focus = active === undefined || lesson.active === id ? 'lesson' : lesson.focus
  return { terminals, shown, active, focus, zoomed: active !== undefined && lesson.zoomed }
}

/** The terminal `by` places further on, round and round. */
export function neighbourOf({ terminals, active }: LessonState, by: 1 | -1): string | undefined {
  const index = terminals.findIndex((tab) => tab.id === active)
  return terminals[(index + by + terminals.length) % Math.max(1, terminals.length)]?.id
}

/** Which terminals are seen, given how many panes there are; the active one always is. */
export function inPanes({ shown, active }: LessonState, panes: number): readonly string[] {
  if (panes >= shown.length) return shown
  return active === undefined || panes === 0 ? [] : [active]
}

/** The terminal that a command for a place is typed into: the active one if it is there, else another that is. */
export function terminalAt(
  lesson: LessonState,
  place: string,
  suits: (tab: TerminalTab) => boolean = () => true,
): TerminalTab | undefined {
  const there = lesson.terminals.filter((tab) => tab.place === place && !isOver(tab) && suits(tab))
  return (
    there.find((tab) => tab.id === lesson.active) ??
    there.find((tab) => lesson.shown.includes(tab.id)) ??
    there[0]
  )
}

/** Keys can't go there any more. */
export const isOver = ({ exitCode, lost }: TerminalTab): boolean => lost || exitCode !== undefined

/** What a terminal is called: by its place, and numbered from the second one there on. */
export function tabName(terminals: readonly TerminalTab[], tab: TerminalTab): string {
  const number = terminals.filter(({ place }) => place === tab.place).indexOf(tab) + 1
  return number > 1 ? `${tab.place} (${number})` : tab.place
}
