import { EMPTY_LINE } from '../components/edit-line.ts'
import type { Controller } from '../controller.ts'

/** Rows of a terminal that a page is short of, so that one line stays in sight. */
const OVERLAP = 1

/** Opening, moving between and reading back in terminals. */
export function terminalActions(controller: Controller) {
  const desk = () => controller.door.lesson?.desk
  const page = () => (desk()?.view(controller.state.lesson?.active)?.size.rows ?? 24) - OVERLAP

  const choosePlace = async (title: string, run: (place: string) => void) => {
    const places = (await controller.door.lesson?.lab.places()) ?? []
    controller.show({
      kind: 'choose',
      title,
      choices: places.map((place) => ({ id: place, label: place })),
      query: EMPTY_LINE,
      selected: 0,
      run,
    })
  }

  return {
    'terminal.focus': () => desk()?.focus(),
    'terminal.leave': () => desk()?.leave(),
    'terminal.new': () => choosePlace('New terminal on', (place) => void desk()?.open(place)),
    'terminal.next': () => desk()?.turn(1),
    'terminal.previous': () => desk()?.turn(-1),
    'terminal.zoom': () => desk()?.zoom(),
    'terminal.close': () => desk()?.closeActive(),
    'terminal.shell': () =>
      choosePlace('A shell with the whole screen on', (place) => void controller.handOverTo(place)),
    'terminal.scrollback': () => desk()?.scroll(-page()),
    'scrollback.up': () => desk()?.scroll(-1),
    'scrollback.down': () => desk()?.scroll(1),
    'scrollback.pageup': () => desk()?.scroll(-page()),
    'scrollback.pagedown': () => desk()?.scroll(page()),
    'scrollback.top': () => desk()?.scroll(-Number.MAX_SAFE_INTEGER),
    'scrollback.leave': () => desk()?.follow(),
  }
}
