import { EventEmitter } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { render } from 'ink'
import type { ReactElement } from 'react'
import type { Size } from '../../src/terminals/cells.ts'

/** What a component shows in a terminal of this size: the frame as lines, and with its SGR. */
export function renderInk(element: ReactElement, { columns, rows }: Size) {
  let styled = ''
  const stdout = Object.assign(new EventEmitter(), {
    columns,
    rows,
    write: (frame: string) => (styled = frame) !== '',
  })
  const { unmount } = render(element, {
    stdout: stdout as unknown as NodeJS.WriteStream,
    debug: true,
    patchConsole: false,
  })
  const frame = styled
  unmount()
  return { styled: frame, lines: stripVTControlCharacters(frame).split('\n') }
}
