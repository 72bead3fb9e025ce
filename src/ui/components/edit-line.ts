import { graphemesOf } from '../line.ts'

/** A line being typed. `cursor` is an index into `text`, always between two graphemes. */
export interface LineState {
  readonly text: string
  readonly cursor: number
}

export const EMPTY_LINE: LineState = { text: '', cursor: 0 }

/** As much of a key as a line needs to know. */
export interface LineKey {
  readonly name: string
  readonly ctrl?: boolean | undefined
  readonly alt?: boolean | undefined
  /** What the key types, or what was pasted. */
  readonly text?: string | undefined
}

/** What a key does to the line, as in a shell; keys that mean nothing here leave it as it is. */
export function editLine(line: LineState, key: LineKey): LineState {
  const edit = EDITS[key.ctrl ? `ctrl-${key.name}` : key.name]
  if (edit) return edit(line)
  if (key.ctrl || key.alt || !key.text) return line
  return insert(line, key.text)
}

/** A line with its cursor at the end. */
export const lineOf = (text: string): LineState => ({ text, cursor: text.length })

const toStart = ({ text }: LineState): LineState => ({ text, cursor: 0 })
const toEnd = ({ text }: LineState): LineState => ({ text, cursor: text.length })
const toLeft = ({ text, cursor }: LineState): LineState => ({ text, cursor: before(text, cursor) })
const toRight = ({ text, cursor }: LineState): LineState => ({ text, cursor: after(text, cursor) })
const deleteLeft = (line: LineState) => remove(line, before(line.text, line.cursor), line.cursor)
const deleteRight = (line: LineState) => remove(line, line.cursor, after(line.text, line.cursor))
const deleteWord = (line: LineState) => {
  const kept = line.text.slice(0, line.cursor).replace(/\S*\s*$/, '')
  return remove(line, kept.length, line.cursor)
}

const EDITS: Readonly<Record<string, (line: LineState) => LineState>> = {
  left: toLeft,
  right: toRight,
  home: toStart,
  end: toEnd,
  backspace: deleteLeft,
  delete: deleteRight,
  'ctrl-a': toStart,
  'ctrl-e': toEnd,
  'ctrl-b': toLeft,
  'ctrl-f': toRight,
  'ctrl-d': deleteRight,
  'ctrl-h': deleteLeft,
  'ctrl-u': (line) => remove(line, 0, line.cursor),
  'ctrl-k': (line) => remove(line, line.cursor, line.text.length),
  'ctrl-w': deleteWord,
}

/** Pasted lines become one. */
function insert({ text, cursor }: LineState, typed: string): LineState {
  // oxlint-disable-next-line no-control-regex
  const clean = typed.replaceAll(/[\r\n\t]+/g, ' ').replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, '')
  return { text: text.slice(0, cursor) + clean + text.slice(cursor), cursor: cursor + clean.length }
}

const remove = ({ text }: LineState, from: number, to: number): LineState => ({
  text: text.slice(0, from) + text.slice(to),
  cursor: from,
})

const boundaries = (text: string) => [...graphemesOf(text).map(({ index }) => index), text.length]
const before = (text: string, cursor: number) => boundaries(text).findLast((index) => index < cursor) ?? 0
const after = (text: string, cursor: number) =>
  boundaries(text).find((index) => index > cursor) ?? text.length
