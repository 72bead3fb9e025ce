import { editLine, EMPTY_LINE, type LineKey, type LineState } from '../../components/edit-line.ts'
import type { LabCard } from '../../ports.ts'

/** What the list of labs shows beyond the labs themselves. */
export interface LabsState {
  /** Id of the selected lab; where it is not shown, the first one that is takes its place. */
  readonly selected: string | undefined
  readonly filter: LineState
  /** The filter is being typed. */
  readonly filtering: boolean
}

export const FIRST_LABS: LabsState = { selected: undefined, filter: EMPTY_LINE, filtering: false }

/** The labs that have every word of the filter in their title, summary or what they teach. */
export function shownCards(cards: readonly LabCard[], { filter }: LabsState): readonly LabCard[] {
  const words = filter.text.toLowerCase().split(/\s+/)
  return cards.filter(({ id, title, summary, learn }) => {
    const text = [id, title, summary, ...learn].join('\n').toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

export function selectedCard(cards: readonly LabCard[], state: LabsState): LabCard | undefined {
  const shown = shownCards(cards, state)
  return shown.find(({ id }) => id === state.selected) ?? shown[0]
}

/** Selects another of the labs that are shown; stops at both ends. */
export function moveSelection(cards: readonly LabCard[], state: LabsState, by: number): LabsState {
  const shown = shownCards(cards, state)
  const at = shown.findIndex(({ id }) => id === selectedCard(cards, state)?.id)
  const selected = shown[Math.max(0, Math.min(shown.length - 1, at + by))]?.id
  return { ...state, selected }
}

/** `/`: from now on keys go to {@link filterKey}, until it says otherwise. */
export const beginFilter = (state: LabsState): LabsState => ({ ...state, filtering: true })

/** What a key does while the filter is typed: Enter keeps it, Escape drops it, the arrows choose. */
export function filterKey(cards: readonly LabCard[], state: LabsState, key: LineKey): LabsState {
  if (key.name === 'enter') return { ...state, filtering: false }
  if (key.name === 'escape') return clearFilter(state)
  if (key.name === 'up') return moveSelection(cards, state, -1)
  if (key.name === 'down') return moveSelection(cards, state, 1)
  return { ...state, filter: editLine(state.filter, key) }
}

export const clearFilter = (state: LabsState): LabsState => ({
  ...state,
  filter: EMPTY_LINE,
  filtering: false,
})
