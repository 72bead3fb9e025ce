import type { Size } from '../../terminals/cells.ts'
import type { Marks } from '../marks.ts'
import { dialogRect, type DialogText } from './dialog-rect.ts'
import { OverlayFrame } from './overlay-frame.tsx'

/** A question or a message over the screen, at {@link dialogRect}. */
export function Dialog(props: DialogText & { size: Size; scroll?: number; marks: Marks }) {
  const { size, scroll = 0, marks, ...text } = props
  return <OverlayFrame rect={dialogRect(size, text)} text={text} scroll={scroll} marks={marks} />
}
