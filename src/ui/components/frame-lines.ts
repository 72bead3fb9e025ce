import { fitLine, widthOf } from '../line.ts'
import type { Marks } from '../marks.ts'
import { style } from '../theme.ts'

export interface FrameTitle {
  readonly title: string
  /** At the right of the border. */
  readonly note?: string | undefined
  readonly focused: boolean
}

/** The upper border with the title in it. The focused one has a mark and heavier lines, not only a colour. */
export function topBorder({ title, note = '', focused }: FrameTitle, columns: number, marks: Marks): string {
  const border = borderOf(focused, marks)
  const line = (text: string) => style(focused ? 'accent' : 'muted', text)
  const room = Math.max(0, columns - 6)
  const named = shortened(focused ? `${marks.pointer} ${title}` : title, room, marks)
  const noted = room - widthOf(named) > widthOf(note) + 2 ? note : ''
  const taken = widthOf(named) + 2 + (noted ? widthOf(noted) + 2 : 0)
  const rest = border.top.repeat(Math.max(0, columns - taken - 4))
  return [
    line(border.topLeft + border.top),
    named && ` ${style(focused ? 'accent' : 'strong', named)} `,
    line(rest),
    noted && ` ${style('muted', noted)} `,
    line(border.top + border.topRight),
  ].join('')
}

export function bottomBorder(focused: boolean, columns: number, marks: Marks): string {
  const { bottomLeft, bottom, bottomRight } = borderOf(focused, marks)
  const line = bottomLeft + bottom.repeat(Math.max(0, columns - 2)) + bottomRight
  return style(focused ? 'accent' : 'muted', line)
}

export const borderOf = (focused: boolean, marks: Marks) => (focused ? marks.strongBorder : marks.border)

const shortened = (text: string, columns: number, { more }: Marks) =>
  widthOf(text) <= columns ? text : fitLine(text, columns, more)
