import { describe, expect, test } from 'vitest'
import { UNICODE_MARKS as marks } from '../../../../src/ui/marks.ts'
import { DoneScreen } from '../../../../src/ui/screens/done/done-screen.tsx'
import { doneView, nextLab } from '../../../../src/ui/screens/done/done-view.ts'
import { labCards } from '../../../helpers/lab-cards.ts'
import { renderInk } from '../../../helpers/render-ink.tsx'

const cards = labCards({ flannel: { done: 12, running: true }, containers: { done: 10 } })
const steps = Array.from({ length: 12 }, (_, i) => ({
  id: `step${i}`,
  title: `Step ${i}`,
  current: i === 11,
  done: true,
  solved: i === 4 || i === 7,
  hintsUsed: i === 4 ? 3 : 0,
}))
const lesson = { lab: 'flannel', title: 'Flannel: an overlay you can read', steps }

const frame = (columns: number, rows: number, minutes?: number, of = cards) => {
  const size = { columns, rows }
  const { lines } = renderInk(
    <DoneScreen lesson={lesson} cards={of} minutes={minutes} size={size} marks={marks} />,
    size,
  )
  return lines.map((line) => line.trimEnd())
}

describe('a finished lab', () => {
  test.each([
    [80, 24],
    [160, 50],
  ])('looks like this at %i x %i', async (columns, rows) => {
    const lines = frame(columns, rows, 25)
    expect(lines.length).toBeLessThanOrEqual(rows)
    await expect(lines.join('\n')).toMatchFileSnapshot(`../../../golden/ui/done-${columns}x${rows}.txt`)
  })

  test('says nothing of the time where it is not known', () => {
    expect(frame(80, 24).join('\n')).toMatch(/3 hints$/m)
  })

  test('counts what was done alone, what was solved, and hints', () => {
    expect(doneView('flannel', steps, cards)).toMatchObject({ steps: 12, own: 10, solved: 2, hints: 3 })
  })

  test('leads to the next lab that is not done, and says when there is none', () => {
    expect(nextLab('flannel', cards)?.id).toBe('services')
    expect(nextLab('services', labCards({ flannel: { done: 12 } }))?.id).toBe('containers')
    const all = cards.map((card) => ({ ...card, done: card.steps }))
    expect(nextLab('flannel', all)).toBeUndefined()
    expect(frame(80, 24, 25, all).join('\n')).toContain('That was the last of the labs.')
  })
})
