import type { Marks } from '../marks.ts'
import { widthOf } from '../line.ts'

/** Keys that do one thing, by the key parser's names, and what it is. */
export interface KeyHint {
  readonly keys: readonly string[]
  readonly label: string
}

const NAMES: Readonly<Record<string, string>> = {
  enter: 'Enter',
  escape: 'Esc',
  tab: 'Tab',
  space: 'Space',
  backspace: 'Backspace',
  delete: 'Del',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
}

const MODIFIERS: Readonly<Record<string, string>> = { ctrl: 'Ctrl', alt: 'Alt', shift: 'Shift' }

/** How a key is written on the screen: `ctrl-c` as `Ctrl-C`, `up` as an arrow, `f1` as `F1`. */
export function keyName(key: string, marks: Marks): string {
  const [, modifiers = '', plain = key] = /^((?:(?:ctrl|alt|shift)-)*)(.+)$/.exec(key) ?? []
  const arrow = { up: marks.up, down: marks.down, left: marks.left, right: marks.right }[plain]
  const upper = modifiers !== '' || /^f\d+$/.test(plain)
  const name = arrow ?? NAMES[plain] ?? (upper ? plain.toUpperCase() : plain)
  const written = modifiers.split('-').map((modifier) => MODIFIERS[modifier])
  return [...written.filter(Boolean), name].join('-')
}

/** The hints that fit beside each other with two blanks in between, the first ones first; that of `?` always. */
export function fitHints(hints: readonly KeyHint[], columns: number, marks: Marks): KeyHint[] {
  const width = ({ keys, label }: KeyHint) => widthOf(`${keyName(keys[0] ?? '', marks)} ${label}`)
  const help = hints.filter(isHelp)
  let left = columns - help.reduce((sum, hint) => sum + width(hint) + 2, 0)
  const kept: KeyHint[] = []
  for (const hint of hints.filter((hint) => !isHelp(hint))) {
    const needed = width(hint) + (kept.length > 0 || help.length === 0 ? 2 : 0)
    if (needed > left) break
    left -= needed
    kept.push(hint)
  }
  return [...kept, ...help]
}

const isHelp = ({ keys }: KeyHint) => keys.includes('?')
