/** Signs that stand beside colours. Each is one cell wide. */
export interface Marks {
  readonly good: string
  readonly bad: string
  readonly unknown: string
  /** There is more of this text. */
  readonly more: string
  /** What is selected or has the focus. */
  readonly pointer: string
  readonly running: string
  readonly bullet: string
  readonly up: string
  readonly down: string
  readonly left: string
  readonly right: string
  readonly step: { readonly done: string; readonly here: string; readonly todo: string }
  /** Parts of a progress bar. */
  readonly full: string
  readonly empty: string
  /** Begin lines of code, continued lines of code, and quotations. */
  readonly codeBar: string
  readonly codeGoesOn: string
  readonly quoteBar: string
  readonly rule: string
  readonly divider: string
  readonly border: Border
  /** Of what has the focus. */
  readonly strongBorder: Border
}

/** In the words of Ink's `borderStyle`. */
export interface Border {
  readonly topLeft: string
  readonly top: string
  readonly topRight: string
  readonly right: string
  readonly bottomRight: string
  readonly bottom: string
  readonly bottomLeft: string
  readonly left: string
}

export const UNICODE_MARKS: Marks = {
  good: '✓',
  bad: '✗',
  unknown: '?',
  more: '…',
  pointer: '▸',
  running: '●',
  bullet: '•',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  step: { done: '●', here: '◉', todo: '○' },
  full: '━',
  empty: '┄',
  codeBar: '│',
  codeGoesOn: '↪',
  quoteBar: '┃',
  rule: '─',
  divider: '│',
  border: border('┌─┐│┘─└│'),
  strongBorder: border('┏━┓┃┛━┗┃'),
}

const ASCII_MARKS: Marks = {
  good: '+',
  bad: 'x',
  unknown: '?',
  more: '~',
  pointer: '>',
  running: '*',
  bullet: '*',
  up: '^',
  down: 'v',
  left: '<',
  right: '>',
  step: { done: '#', here: '@', todo: '.' },
  full: '#',
  empty: '.',
  codeBar: '|',
  codeGoesOn: '\\',
  quoteBar: '>',
  rule: '-',
  divider: '|',
  border: border('+-+|+-+|'),
  strongBorder: border('#=#H#=#H'),
}

/** Marks that a terminal of this locale can show: POSIX's order of LC_ALL, LC_CTYPE and LANG decides. */
export function marksFor(env: NodeJS.ProcessEnv): Marks {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return /utf-?8/i.test(locale) ? UNICODE_MARKS : ASCII_MARKS
}

/** From the top left corner round. */
function border(signs: string): Border {
  const [topLeft = '', top = '', topRight = '', right = '', bottomRight = '', bottom = '', bottomLeft = ''] =
    signs
  return { topLeft, top, topRight, right, bottomRight, bottom, bottomLeft, left: signs.at(-1) ?? '' }
}
