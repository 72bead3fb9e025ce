import type { Size } from '../../terminals/cells.ts'
import type { Rect } from '../layout.ts'
import type { Marks } from '../marks.ts'
import { OverlayFrame } from './overlay-frame.tsx'
import { dialogColumns, dialogRect, type DialogText } from './dialog-rect.ts'
import type { LineState } from './edit-line.ts'
import type { KeyHint } from './key-hint.ts'
import { lineInput } from './line-input.ts'

export interface PromptText {
  readonly title: string
  /** What is to be typed. */
  readonly label: string
  readonly keys?: readonly KeyHint[]
}

const WIDEST = 60

/** A dialog that asks for one line. */
export function Prompt(props: PromptText & { line: LineState; size: Size; marks: Marks }) {
  const { size, marks, line } = props
  const shown = lineInput(line, inputColumns(size))
  return <OverlayFrame rect={promptRect(size, props)} text={dialogText(props, shown)} marks={marks} />
}

/** Where a {@link Prompt} lies; the same whatever is typed. */
export function promptRect(size: Size, prompt: PromptText): Rect {
  return dialogRect(size, dialogText(prompt, ' '.repeat(inputColumns(size))))
}

const inputColumns = (size: Size) => Math.min(WIDEST, dialogColumns(size))

const dialogText = ({ title, label, keys }: PromptText, input: string): DialogText => ({
  title,
  lines: [label, '', input],
  keys,
})
