import type { Controller } from '../controller.ts'
import { bodyOf } from '../layout.ts'
import { type MapMove, moveSelection, selectedInterface } from '../screens/map/map-state.ts'

/** Moving on the map of the network, and capturing where one has come to. */
export function networkActions(controller: Controller) {
  const { network, packets } = controller
  const { store } = controller.options

  const move = (move: MapMove) => {
    const { map, network, size } = store.state
    if (network) store.set({ map: moveSelection(map, move, network, bodyOf(size)) })
  }

  return {
    'map.show': network.show,
    'map.leave': network.leave,
    'map.left': () => move('left'),
    'map.right': () => move('right'),
    'map.up': () => move('up'),
    'map.down': () => move('down'),
    'map.pageup': () => move('pageup'),
    'map.pagedown': () => move('pagedown'),
    'map.capture': async () => {
      const { map, network: seen } = store.state
      const selected = selectedInterface(map, seen)
      // Nothing has been chosen yet: it is shown first where that would be.
      if (!selected) {
        move('down')
        return
      }
      await packets.begin(selected.machine.name, selected.link.name, '')
      network.close()
    },
  }
}
