import { editLine, type LineState } from './components/edit-line.ts'
import { matchEntries, type Entry } from './components/match-entries.ts'
import type { Key } from './input/key-names.ts'
import type { KeyContext } from './keys.ts'
import { scrollEnd, type Backdrop } from './overlay-box.ts'
import type { Failure } from './ports.ts'

/** What lies over the screen and has the keys until it is answered. */
export type Overlay =
  | { readonly kind: 'help'; readonly context: KeyContext; readonly scroll: number }
  | {
      readonly kind: 'text'
      readonly title: string
      readonly lines: readonly string[]
      readonly scroll: number
    }
  | { readonly kind: 'failure'; readonly title: string; readonly failure: Failure }
  | {
      readonly kind: 'confirm'
      readonly title: string
      readonly lines: readonly string[]
      /** What Enter does. */
      readonly yes: string
      readonly run: () => void
    }
  | {
      readonly kind: 'choose'
      readonly title: string
      readonly choices: readonly Entry[]
      /** Typed to narrow the choices down. */
      readonly query: LineState
      readonly selected: number
      readonly run: (id: string) => void
    }
  | {
      readonly kind: 'prompt'
      readonly title: string
      readonly label: string
      readonly line: LineState
      readonly run: (text: string) => void
    }

export interface Answer {
  /** What lies there next; undefined when it is answered. */
  readonly overlay: Overlay | undefined
  /** What the answer sets off, once the overlay is gone. */
  readonly effect?: () => void
}

const GONE: Answer = { overlay: undefined }
const PAGE = 10

/** What a key does to an overlay. */
export function answer(overlay: Overlay, key: Key, backdrop: Backdrop): Answer {
  if (key.name === 'escape' || (key.ctrl && key.name === 'c')) return GONE
  switch (overlay.kind) {
    case 'failure':
      return GONE
    case 'confirm':
      return key.name === 'enter' || key.name === 'y'
        ? { ...GONE, effect: overlay.run }
        : denied(overlay, key)
    case 'prompt':
      if (key.name === 'enter') return { ...GONE, effect: () => overlay.run(overlay.line.text) }
      return { overlay: { ...overlay, line: editLine(overlay.line, key) } }
    case 'choose':
      return chosen(overlay, key)
    default:
      return scrolled(overlay, key, scrollEnd(overlay, backdrop))
  }
}

const denied = (overlay: Overlay, { name }: Key): Answer =>
  name === 'n' || name === 'q' ? GONE : { overlay }

function scrolled(overlay: Extract<Overlay, { scroll: number }>, { name }: Key, end: number): Answer {
  const by = { up: -1, k: -1, down: 1, j: 1, pageup: -PAGE, b: -PAGE, pagedown: PAGE, space: PAGE }[name]
  if (by === undefined) return GONE
  return { overlay: { ...overlay, scroll: Math.max(0, Math.min(end, overlay.scroll + by)) } }
}

function chosen(overlay: Extract<Overlay, { kind: 'choose' }>, key: Key): Answer {
  const found = matchEntries(overlay.query.text, overlay.choices)
  if (key.name === 'enter') {
    const choice = found[overlay.selected]
    return choice ? { ...GONE, effect: () => overlay.run(choice.id) } : { overlay }
  }
  const by = { up: -1, down: 1, tab: 1, pageup: -PAGE, pagedown: PAGE }[key.name]
  if (by !== undefined) {
    const selected = Math.max(0, Math.min(found.length - 1, overlay.selected + by))
    return { overlay: { ...overlay, selected } }
  }
  return { overlay: { ...overlay, query: editLine(overlay.query, key), selected: 0 } }
}
