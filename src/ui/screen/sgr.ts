/** What "select graphic rendition" (ECMA-48 8.3.117, and xterm's colours) has set so far. */
export interface Pen {
  /** A bit for each parameter of ATTRIBUTES that is on: bit 1 for bold … bit 9 for crossed out. */
  readonly attributes: number
  /** Parameters of the colours, such as `31`, `38;5;208` or `38;2;1;2;3`; '' is the default. */
  readonly fg: string
  readonly bg: string
}

export const PLAIN: Pen = { attributes: 0, fg: '', bg: '' }

/** Bold, dim, italic, underlined, blinking, inverse, hidden, crossed out. */
const ATTRIBUTES = [1, 2, 3, 4, 5, 7, 8, 9]
/** What ends which attributes. */
const ENDS: Readonly<Record<number, readonly number[]>> = {
  22: [1, 2],
  23: [3],
  24: [4],
  25: [5],
  27: [7],
  28: [8],
  29: [9],
}

/** The pen after `ESC [ parameters m`. Unknown parameters change nothing. */
export function applySgr(pen: Pen, parameters: string): Pen {
  const list = parameters.split(';')
  let next = pen
  for (let i = 0; i < list.length; i++) {
    const [code, ...sub] = (list[i] ?? '').split(':')
    const number = Number(code)
    if (number === 38 || number === 48 || number === 58) {
      // Either `38:5:208`, all in one parameter, or `38;5;208`, in several.
      const from = sub.length > 0 ? sub : list.slice(i + 1, i + 5)
      const { colour, length } = extendedColour(from)
      if (sub.length === 0) i += length
      next = withColour(next, number, colour)
    } else next = withParameter(next, number, sub[0])
  }
  return next
}

/** The pen's parameters in one canonical order: attributes, foreground, background; '' is the default. */
export function sgrOf({ attributes, fg, bg }: Pen): string {
  const on: (number | string)[] = ATTRIBUTES.filter((number) => attributes & (1 << number))
  if (fg) on.push(fg)
  if (bg) on.push(bg)
  return on.join(';')
}

/** A style with its attributes alone, as NO_COLOR wants it. */
export function withoutColours(style: string): string {
  return sgrOf({ ...applySgr(PLAIN, style), fg: '', bg: '' })
}

/** A style, and dim. */
export function dimmed(style: string): string {
  const pen = applySgr(PLAIN, style)
  return sgrOf({ ...pen, attributes: pen.attributes | (1 << 2) })
}

function withParameter(pen: Pen, number: number, sub: string | undefined): Pen {
  if (number === 0) return PLAIN
  if (number === 4 && sub === '0') return without(pen, [4])
  // Doubly underlined, which not every terminal knows.
  if (number === 21) return withAttribute(pen, 4)
  if (ATTRIBUTES.includes(number)) return withAttribute(pen, number)
  const ended = ENDS[number]
  if (ended) return without(pen, ended)
  if (number === 39) return { ...pen, fg: '' }
  if (number === 49) return { ...pen, bg: '' }
  if (within(number, 30, 37) || within(number, 90, 97)) return { ...pen, fg: String(number) }
  if (within(number, 40, 47) || within(number, 100, 107)) return { ...pen, bg: String(number) }
  return pen
}

/** `5;<index>` or `2;<r>;<g>;<b>`; with colons there may be a colour space before the red, left empty. */
function extendedColour(parameters: readonly string[]): { colour: string; length: number } {
  const [kind] = parameters
  if (kind === '5') return { colour: `5;${parameters[1] ?? 0}`, length: 2 }
  if (kind !== '2') return { colour: '', length: 0 }
  const rgb = parameters.length > 4 && parameters[1] === '' ? parameters.slice(2, 5) : parameters.slice(1, 4)
  return { colour: `2;${rgb.join(';')}`, length: 4 }
}

function withColour(pen: Pen, which: number, colour: string): Pen {
  if (!colour || which === 58) return pen
  return which === 38 ? { ...pen, fg: `38;${colour}` } : { ...pen, bg: `48;${colour}` }
}

const withAttribute = (pen: Pen, number: number): Pen => ({
  ...pen,
  attributes: pen.attributes | (1 << number),
})

function without(pen: Pen, numbers: readonly number[]): Pen {
  return { ...pen, attributes: numbers.reduce((bits, number) => bits & ~(1 << number), pen.attributes) }
}

const within = (number: number, from: number, to: number) => number >= from && number <= to
