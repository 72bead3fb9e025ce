import { describe, expect, test } from 'vitest'
import { lineOf } from '../../../../src/ui/components/edit-line.ts'
import { marksFor, UNICODE_MARKS as marks } from '../../../../src/ui/marks.ts'
import type { LabCard } from '../../../../src/ui/ports.ts'
import { LabsScreen } from '../../../../src/ui/screens/labs/labs-screen.tsx'
import {
  beginFilter,
  clearFilter,
  filterKey,
  FIRST_LABS,
  moveSelection,
  selectedCard,
  shownCards,
  type LabsState,
} from '../../../../src/ui/screens/labs/labs-state.ts'
import { labCards } from '../../../helpers/lab-cards.ts'
import { renderInk } from '../../../helpers/render-ink.tsx'

const cards = labCards({ flannel: { done: 3, running: true }, containers: { done: 10 } })
const GOLDEN = '../../../golden/ui'

const frame = (state: LabsState, columns: number, rows: number, of: readonly LabCard[] = cards) =>
  renderInk(<LabsScreen cards={of} state={state} size={{ columns, rows }} marks={marks} />, { columns, rows })

const type = (text: string, from = FIRST_LABS) =>
  Array.from(text).reduce(
    (state, char) => filterKey(cards, state, { name: char, text: char }),
    beginFilter(from),
  )

describe('the list of labs', () => {
  const flannel = { ...FIRST_LABS, selected: 'flannel' }

  test.each([
    [80, 24],
    [160, 50],
  ])('looks like this at %i x %i', async (columns, rows) => {
    const { lines } = frame(flannel, columns, rows)
    expect(lines.length).toBeLessThanOrEqual(rows)
    await expect(lines.join('\n')).toMatchFileSnapshot(`${GOLDEN}/labs-${columns}x${rows}.txt`)
  })

  test('opens the first lab where none was chosen yet', () => {
    expect(frame(FIRST_LABS, 80, 24).lines[0]).toMatch(/^▸ /)
    expect(selectedCard(cards, FIRST_LABS)).toBe(cards[0])
  })

  test('keeps the selected one of many in sight', () => {
    const many = Array.from(
      { length: 40 },
      (_, i) => ({ ...cards[0], id: `lab${i}`, title: `Lab ${i}` }) as LabCard,
    )
    for (const [columns, rows] of [
      [80, 24],
      [160, 50],
      [80, 12],
    ] as const) {
      const { lines } = frame({ ...FIRST_LABS, selected: 'lab31' }, columns, rows, many)
      expect(lines.length).toBeLessThanOrEqual(rows)
      expect(lines.filter((line) => line.includes('▸ Lab 31'))).toHaveLength(1)
    }
  })

  test('says that it is looking before it has the labs', () => {
    expect(frame(FIRST_LABS, 80, 24, []).lines[0]).toBe('Looking for labs …')
  })

  test('needs no colour and no Unicode of its own', () => {
    const size = { columns: 80, rows: 24 }
    const ascii = <LabsScreen cards={cards} state={flannel} size={size} marks={marksFor({ LC_ALL: 'C' })} />
    const { lines } = renderInk(ascii, size)
    expect(lines.join('\n')).toContain('> Flannel: an overlay you can read')
    expect(lines.join('\n')).toContain('* running')
    expect(lines.join('\n').replaceAll('·', '')).toMatch(/^[\n -~]*$/)
  })
})

describe('choosing', () => {
  const ids = cards.map(({ id }) => id)

  test('goes up and down and stops at the ends', () => {
    const after = (...by: number[]) =>
      by.reduce((state, step) => moveSelection(cards, state, step), FIRST_LABS).selected
    expect(after(1)).toBe(ids[1])
    expect(after(1, 1, 1, 1)).toBe(ids.at(-1))
    expect(after(1, 1, -1, -1, -1)).toBe(ids[0])
  })

  test('keeps to the lab when the list is read anew', () => {
    const state = moveSelection(cards, FIRST_LABS, 1)
    expect(selectedCard([...cards].reverse(), state)?.id).toBe(ids[1])
  })
})

describe('the filter', () => {
  test('finds words in titles, summaries and what labs teach, in any order', () => {
    expect(shownCards(cards, type('vxlan')).map(({ id }) => id)).toEqual(['flannel'])
    expect(shownCards(cards, type('MTU flannel')).map(({ id }) => id)).toEqual(['flannel'])
    expect(shownCards(cards, type('')).length).toBe(cards.length)
  })

  test('selects the first lab that is left, and lets the arrows choose', () => {
    const state = type('vxlan', { ...FIRST_LABS, selected: 'services' })
    expect(selectedCard(cards, state)?.id).toBe('flannel')
    expect(filterKey(cards, FIRST_LABS, { name: 'down' }).selected).toBe(cards[1]?.id)
  })

  test('is kept by Enter, dropped by Escape', () => {
    const kept = filterKey(cards, type('vxlan'), { name: 'enter' })
    expect(kept).toMatchObject({ filtering: false, filter: { text: 'vxlan' } })
    expect(clearFilter(kept)).toMatchObject({ filtering: false, filter: { text: '' } })
    expect(filterKey(cards, type('vxlan'), { name: 'escape' })).toMatchObject({ filter: { text: '' } })
  })

  test('shows what is typed, with its cursor', () => {
    const { lines, styled } = frame(type('vxlan'), 80, 24)
    expect(lines[0]?.trimEnd()).toBe('/ vxlan')
    expect(styled).toContain('vxlan\u001B[7m \u001B[27m')
  })

  test('says so when nothing is left', async () => {
    const { lines } = frame({ ...FIRST_LABS, filter: lineOf('quic') }, 80, 24)
    expect(lines.slice(0, 3)).toEqual([
      '/ quic  (Esc shows all)',
      '',
      'No lab has "quic" in its title, summary or what it teaches. Esc shows all.',
    ])
  })
})
