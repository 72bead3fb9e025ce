import type { Look } from './app-state.ts'
import { dialogColumns, dialogRect, type DialogText } from './components/dialog-rect.ts'
import { helpRect, linesOfHelp } from './components/help.tsx'
import type { HelpEntry } from './components/help-lines.ts'
import { paletteRect } from './components/palette.tsx'
import { promptRect, type PromptText } from './components/prompt.tsx'
import { clampScroll } from './components/scroll.ts'
import { BINDINGS } from './keys.ts'
import type { Rect } from './layout.ts'
import type { Overlay } from './overlay.ts'
import { wrapText } from './spans.ts'
import type { Size } from '../terminals/cells.ts'

/** The screen that an overlay lies on. */
export interface Backdrop extends Look {
  readonly size: Size
}

const CLOSE = { keys: ['escape'], label: 'close' }

/** Every key, those of where the learner is first, the leader under its real name. */
export const helpEntries = ({ context: here }: HelpOverlay, { leader }: Backdrop): HelpEntry[] =>
  BINDINGS.toSorted((a, b) => Number(b.context === here) - Number(a.context === here)).map(
    ({ keys, label, context }) => ({
      keys: keys.map((key) => (key === 'leader' ? leader : key)),
      label,
      context,
    }),
  )

type HelpOverlay = Extract<Overlay, { kind: 'help' }>
type Said = Extract<Overlay, { kind: 'text' | 'failure' | 'confirm' }>

/** What a message or a question says. */
export function dialogText(overlay: Said, { size }: Backdrop): DialogText {
  const columns = dialogColumns(size)
  const wrapped = (lines: readonly string[]) => lines.flatMap((line) => wrapText(line, columns))
  const { title } = overlay
  switch (overlay.kind) {
    case 'confirm': {
      const keys = [
        { keys: ['enter'], label: overlay.yes },
        { ...CLOSE, label: 'no' },
      ]
      return { title, lines: wrapped(overlay.lines), keys }
    }
    case 'failure': {
      const { message, hint, code } = overlay.failure
      const lines = wrapped([message, ...(hint === undefined ? [] : ['', hint]), '', `(${code})`])
      return { title, lines, keys: [CLOSE] }
    }
    default:
      return { title, lines: wrapped(overlay.lines), keys: [CLOSE] }
  }
}

export const promptText = ({ title, label }: Extract<Overlay, { kind: 'prompt' }>): PromptText => ({
  title,
  label,
  keys: [{ keys: ['enter'], label: 'go on' }, CLOSE],
})

/** How far down an overlay can be read. */
export function scrollEnd(overlay: Extract<Overlay, { scroll: number }>, backdrop: Backdrop): number {
  const { size, marks } = backdrop
  const { lines, keys = [] } =
    overlay.kind === 'help'
      ? { lines: linesOfHelp(size, helpEntries(overlay, backdrop), marks) }
      : dialogText(overlay, backdrop)
  const { rows } = overlayRect(overlay, backdrop)
  return clampScroll(Number.POSITIVE_INFINITY, lines.length, rows - 2 - (keys.length > 0 ? 2 : 0))
}

/** Where an overlay lies: there the compositor shows no terminal. */
export function overlayRect(overlay: Overlay, backdrop: Backdrop): Rect {
  const { size, marks } = backdrop
  if (overlay.kind === 'help') return helpRect(size, helpEntries(overlay, backdrop), marks)
  if (overlay.kind === 'choose') return paletteRect(size, overlay.choices.length)
  if (overlay.kind === 'prompt') return promptRect(size, promptText(overlay))
  return dialogRect(size, dialogText(overlay, backdrop))
}
