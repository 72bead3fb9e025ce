import type { Controller } from '../controller.ts'
import { nextLab } from '../screens/done/done-view.ts'
import { beginFilter, clearFilter, moveSelection, selectedCard } from '../screens/labs/labs-state.ts'
import { toggleSaid } from '../screens/start/start-state.ts'

/** Choosing a lab, starting it, and what comes after it. */
export function labActions(controller: Controller) {
  const { door } = controller
  const { store } = controller.options
  const move = (by: number) => {
    const { cards, labs } = store.state
    store.set({ labs: moveSelection(cards, labs, by) })
  }
  const enterNext = () => {
    const { cards, lesson } = store.state
    const next = lesson && nextLab(lesson.lab, cards)
    return next ? door.enter(next.id) : door.showLabs()
  }

  return {
    'labs.up': () => move(-1),
    'labs.down': () => move(1),
    'labs.filter': () => store.set({ labs: beginFilter(store.state.labs) }),
    'labs.all': () => store.set({ labs: clearFilter(store.state.labs) }),
    'labs.open': () => {
      const card = selectedCard(store.state.cards, store.state.labs)
      return card && door.enter(card.id)
    },
    'start.details': () => {
      const { start } = store.state
      if (start) store.set({ start: toggleSaid(start) })
    },
    'start.retry': door.retry,
    'start.cancel': door.cancelStart,
    'done.next': enterNext,
    'done.labs': door.showLabs,
    'done.back': () => store.set({ screen: 'lesson' }),
  }
}
