/** What a piece of text is, from which its look follows. */
export type Role =
  | 'accent'
  | 'good'
  | 'bad'
  | 'warn'
  | 'code'
  | 'muted'
  | 'strong'
  | 'soft'
  | 'heading'
  | 'link'
  | 'selected'

/** Properties of Ink's `<Text>`. */
interface Look {
  readonly color?: 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan'
  readonly bold?: boolean
  readonly dimColor?: boolean
  readonly italic?: boolean
  readonly underline?: boolean
  readonly inverse?: boolean
}

/**
 * The palette, for `<Text {...LOOKS.good}>`. Only names that a terminal's own theme adapts to light and dark backgrounds, so
 * neither white nor black. Where colour is all that a role has, a mark or a word beside it carries the meaning.
 */
export const LOOKS: Readonly<Record<Role, Look>> = {
  accent: { color: 'cyan', bold: true },
  good: { color: 'green' },
  bad: { color: 'red', bold: true },
  warn: { color: 'yellow' },
  code: { color: 'cyan' },
  muted: { dimColor: true },
  strong: { bold: true },
  soft: { italic: true },
  heading: { color: 'magenta', bold: true },
  link: { underline: true },
  selected: { inverse: true },
}

/** SGR parameters (ECMA-48 8.3.117) that switch each property on and off. */
const SGR = {
  bold: [1, 22],
  dimColor: [2, 22],
  italic: [3, 23],
  underline: [4, 24],
  inverse: [7, 27],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const

/** A text in the look of its role, as a string, for code that makes lines rather than components. Ends all that it begins. */
export function style(role: Role, text: string): string {
  if (text === '') return ''
  const { color, ...flags } = LOOKS[role]
  const names = [...(color ? [color] : []), ...(Object.keys(flags) as (keyof typeof flags)[])]
  const codes = names.map((name) => SGR[name])
  const sgr = (which: 0 | 1) => `\u001B[${codes.map((code) => code[which]).join(';')}m`
  return `${sgr(0)}${text}${sgr(1)}`
}
