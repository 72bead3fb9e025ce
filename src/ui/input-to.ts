import type { Controller } from './controller.ts'
import { KeyParser } from './input/key-parser.ts'
import type { Leader } from './input/leader.ts'
import { type InputSink, Router } from './input/router.ts'

/** xterm's Shift-PageUp: as in terminals' own windows, it scrolls whatever runs there. */
const SHIFT_PAGEUP = '\x1b[5;2~'

/** Sends what is typed to the terminal that has the focus, or as keys to the controller. */
export function inputTo(controller: Controller, leader: Leader) {
  const keys = new KeyParser((input) => controller.press(input))
  const router = new Router({
    hotkeys: { leader: leader.sequence, 'shift-pageup': SHIFT_PAGEUP },
    onHotkey: (name) => controller.press(name),
    sink: () => terminalSink(controller) ?? keys,
  })
  return {
    push: (bytes: Uint8Array) => router.push(bytes),
    /** Forgets what was begun, as after another program has had the terminal. */
    reset() {
      router.reset()
      keys.reset()
    },
  }
}

/** The terminal that has the focus, if one has. */
function terminalSink({ state, door }: Controller): InputSink | undefined {
  if (state.screen !== 'lesson' || state.overlay || state.lesson?.focus !== 'terminal') return undefined
  const view = door.lesson?.desk.view(state.lesson.active)
  return (
    view && {
      bracketedPaste: view.bracketedPaste,
      applicationCursorKeys: view.applicationCursor,
      write: (bytes) => view.write(bytes),
    }
  )
}
