import { headOf, widthOf } from '../../line.ts'
import type { Conversation } from './packets-state.ts'

/** What was said, with its blanks as they are; a line too long goes on in the next. */
export function conversationLines({ lines }: Conversation, columns: number): string[] {
  return lines.flatMap((line) => (widthOf(line) <= columns ? [line] : cut(line, columns)))
}

function cut(line: string, columns: number): string[] {
  const parts: string[] = []
  for (let rest = line; rest !== '';) {
    const head = headOf(rest.slice(0, columns * 2), columns, 1)
    parts.push(head)
    rest = rest.slice(head.length)
  }
  return parts
}
