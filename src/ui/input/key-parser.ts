import { StringDecoder } from 'node:string_decoder'
import { type Clock, systemClock } from '../clock.ts'
import { BY_CODE, BY_FINAL, BY_NUMBER, type Key, modified, typed } from './key-names.ts'
import type { InputSink } from './router.ts'

export interface Paste {
  /** Lines end with \n. */
  readonly paste: string
}

export type InputEvent = Key | Paste

/** How long an Escape waits for what would make a sequence of it. */
const ESCAPE_MS = 30

const PASTE_BEGIN = '\x1b[200~'
const PASTE_END = '\x1b[201~'

/* oxlint-disable no-control-regex */
/** Whole sequences, each anchored where the last one ended (ECMA-48 5.4; the first three are older than that order). */
const LINUX_F1 = /\x1b\[\[([A-E])/y
const RXVT_MODIFIED = /\x1b\[(\d+)([$^@])/y
const MOUSE = /\x1b\[M[^]{3}/y
const CSI = /\x1b\[([0-?]*)[ -/]*([@-~])/y
const SS3 = /\x1bO([1-9]?)([A-Za-z])/y
const STRING = /\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|(?=\x1b))/y
/** A control sequence that something else broke into. */
const BROKEN = /\x1b\[[[0-?]+[ -/]*/y
/** What may yet become one of them. */
const BEGUN =
  /\x1b(?:\x1b?|\x1b?\[\[?|\x1b?\[[0-?]*[ -/]*|\[M[^]{0,2}|\x1b?O[1-9]?|[\]PX^_][^\x07\x1b]*\x1b?)$/y
/** What bytes that were no UTF-8 have become, and C1 controls. */
const NO_KEY = /[\ufffd\x80-\x9f]/
/* oxlint-enable no-control-regex */

/** Makes keys and pastes of what a terminal sends. What it does not know it swallows. */
export class KeyParser implements InputSink {
  readonly bracketedPaste = true
  readonly #onEvent: (event: InputEvent) => void
  readonly #clock: Clock
  #decoder = new StringDecoder('utf8')
  #text = ''
  /** Pieces of the paste that is under way. */
  #paste: string[] | undefined
  #cancel: (() => void) | undefined

  constructor(onEvent: (event: InputEvent) => void, clock: Clock = systemClock) {
    this.#onEvent = onEvent
    this.#clock = clock
  }

  write(bytes: Uint8Array): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#text += this.#decoder.write(Buffer.from(bytes))
    while (this.#text && this.#step(false));
    if (this.#text && !this.#paste) this.#cancel = this.#clock.after(ESCAPE_MS, () => this.#giveUp())
  }

  /** Forgets what was begun. */
  reset(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#text = ''
    this.#paste = undefined
    this.#decoder = new StringDecoder('utf8')
  }

  /** Nothing more came: what was begun was typed like that. */
  #giveUp(): void {
    this.#cancel = undefined
    while (this.#text && this.#step(true));
  }

  /** Takes one key, sequence or piece of a paste off the text. @returns false when there is only a beginning. */
  #step(final: boolean): boolean {
    if (this.#paste) return this.#pasteOn(this.#paste)
    if (!this.#text.startsWith('\x1b')) {
      const [char = ''] = this.#text
      if (!NO_KEY.test(char)) this.#onEvent(typed(char))
      return this.#drop(char.length)
    }
    if (this.#text.startsWith(PASTE_BEGIN)) {
      this.#paste = []
      return this.#drop(PASTE_BEGIN.length)
    }
    if (!final && at(BEGUN, this.#text, 0)) return false
    return this.#escape()
  }

  #escape(): boolean {
    const sequence = sequenceAt(this.#text, 0)
    if (sequence) return this.#report(sequence.key, sequence.length)
    // Alt sends an Escape before the key, rxvt also before a sequence.
    const meta = this.#text.startsWith('\x1b\x1b') ? sequenceAt(this.#text, 1) : undefined
    if (meta) return this.#report(meta.key && { ...meta.key, alt: true }, meta.length + 1)
    const [, char] = this.#text
    if (char === undefined || char === '\x1b') return this.#report(typed('\x1b'), 1)
    const broken = at(BROKEN, this.#text, 0) ?? at(BEGUN, this.#text, 0)
    if (broken && broken[0].length > 2) return this.#drop(broken[0].length)
    const [whole = ''] = this.#text.slice(1)
    const { text: _, ...key } = typed(whole)
    return this.#report({ ...key, alt: true }, 1 + whole.length)
  }

  #report(key: Key | undefined, length: number): true {
    if (key) this.#onEvent(key)
    return this.#drop(length)
  }

  #drop(length: number): true {
    this.#text = this.#text.slice(length)
    return true
  }

  #pasteOn(pieces: string[]): boolean {
    const end = this.#text.indexOf(PASTE_END)
    // The end may have come in part.
    const known = end < 0 ? this.#text.length - partOf(PASTE_END, this.#text) : end
    pieces.push(this.#text.slice(0, known))
    this.#drop(end < 0 ? known : known + PASTE_END.length)
    if (end < 0) return false
    this.#paste = undefined
    this.#onEvent({ paste: pieces.join('').replace(/\r\n?/g, '\n') })
    return true
  }
}

/** The whole sequence there, with its key if it is one's. */
function sequenceAt(text: string, from: number): { key: Key | undefined; length: number } | undefined {
  const readers: readonly [RegExp, (a: string, b: string) => Key | undefined][] = [
    [LINUX_F1, (final) => modified(`f${final.charCodeAt(0) - 64}`, 1)],
    [RXVT_MODIFIED, rxvtKey],
    [MOUSE, () => undefined],
    [CSI, csiKey],
    [SS3, ss3Key],
    [STRING, () => undefined],
  ]
  for (const [pattern, read] of readers) {
    const found = at(pattern, text, from)
    if (found) return { key: read(found[1] ?? '', found[2] ?? ''), length: found[0].length }
  }
  return undefined
}

function csiKey(parameters: string, final: string): Key | undefined {
  const [first = '', second = '', third = ''] = parameters.split(';')
  const number = Number.parseInt(first, 10)
  const [modifiers = '1', kind] = second.split(':')
  const parameter = Number(modifiers || 1)
  // Kitty reports releases too, when asked to.
  if (kind === '3' || /^[<=>?]/.test(parameters)) return undefined
  if (final === 'Z') return modified('tab', Math.max(2, parameter))
  if (final === 'u') return codeKey(first, parameter)
  if (final === '~' && number === 27) return codeKey(third, parameter)
  if (final === '~') return named(BY_NUMBER[number], parameter)
  // rxvt: shifted arrows.
  if (/[a-d]/.test(final) && parameters === '') return named(BY_FINAL[final.toUpperCase()], 2)
  // Others with this first parameter are reports, as of where the cursor is: ESC [ 24 ; 80 R.
  if (!/[A-HP-S]/.test(final) || (first !== '' && number !== 1)) return undefined
  return named(BY_FINAL[final], parameter)
}

function ss3Key(modifier: string, final: string): Key | undefined {
  // rxvt: arrows with control.
  if (/[a-d]/.test(final)) return named(BY_FINAL[final.toUpperCase()], 5)
  const key = named(BY_FINAL[final], Number(modifier || 1))
  return key && key.name.length === 1 ? { ...key, text: key.name } : key
}

/** rxvt: `$` shift, `^` control, `@` both. */
function rxvtKey(number: string, final: string): Key | undefined {
  return named(BY_NUMBER[Number(number)], { $: 2, '^': 5, '@': 6 }[final] ?? 1)
}

/** `<code>[:<shifted>[:<base>]]`, as kitty and xterm's modifyOtherKeys send it. */
function codeKey(codes: string, parameter: number): Key | undefined {
  const [code = 0, shifted] = codes.split(':').map(Number)
  const key = modified('', parameter)
  const name = BY_CODE[code]
  if (name) return name === 'space' && parameter === 1 ? typed(' ') : { ...key, name }
  // From 57344 on kitty numbers keys that type nothing.
  if (!(code > 32) || (code >= 57_344 && code <= 63_743) || code > 0x10_ffff) return undefined
  const char = String.fromCodePoint(code)
  const text = key.shift ? (shifted ? String.fromCodePoint(shifted) : char.toUpperCase()) : char
  if (key.ctrl) return { ...key, name: char }
  return { ...key, name: text, shift: false, ...(key.alt ? {} : { text }) }
}

const named = (name: string | undefined, parameter: number) => (name ? modified(name, parameter) : undefined)

function at(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from
  return pattern.exec(text)
}

/** How many characters at the text's end are the beginning of `whole`. */
function partOf(whole: string, text: string): number {
  let length = Math.min(whole.length - 1, text.length)
  while (!text.endsWith(whole.slice(0, length))) length--
  return length
}
