/** A key as it was pressed. */
export interface Key {
  /** `a`, `T`, `/`, `é` as typed, else `enter`, `escape`, `tab`, `space`, `up`, `pageup`, `f1` … */
  readonly name: string
  readonly ctrl: boolean
  readonly alt: boolean
  /** Not for letters and signs: there it is part of the name. */
  readonly shift: boolean
  /** What it types, if anything. */
  readonly text?: string
}

/** Final byte of `ESC [ … <final>` and `ESC O <final>` (xterm, VT220). */
export const BY_FINAL: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  E: 'begin',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
  // Keypad keys in application mode.
  M: 'enter',
  j: '*',
  k: '+',
  m: '-',
  o: '/',
}

/** Number in `ESC [ <number> ~`: VT220's function keys, and how xterm, rxvt and Linux' console use them. */
export const BY_NUMBER: Readonly<Record<number, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
}

/** Code points that are keys without a character: C0 as typed, and in `ESC [ <code> u` (kitty's keyboard protocol). */
export const BY_CODE: Readonly<Record<number, string>> = {
  8: 'backspace',
  9: 'tab',
  10: 'enter',
  13: 'enter',
  27: 'escape',
  32: 'space',
  127: 'backspace',
}

/** The key of xterm's modifier parameter, 1 + shift 1 + alt 2 + ctrl 4. */
export function modified(name: string, parameter: number): Key {
  const bits = Math.max(0, parameter - 1)
  return { name, shift: (bits & 1) !== 0, alt: (bits & 2) !== 0, ctrl: (bits & 4) !== 0 }
}

/** The key of a code point as a terminal sends it for what was typed. */
export function typed(char: string): Key {
  const plain = { ctrl: false, alt: false, shift: false }
  const code = char.codePointAt(0) ?? 0
  const name = BY_CODE[code]
  if (name === 'space') return { ...plain, name, text: ' ' }
  if (name) return { ...plain, name }
  if (code === 0) return { ...plain, name: 'space', ctrl: true }
  // Control takes 64 off: `@A-Z[\]^_` are 0 to 31.
  if (code < 32) return { ...plain, name: String.fromCharCode(code + 64).toLowerCase(), ctrl: true }
  return { ...plain, name: char, text: char }
}
