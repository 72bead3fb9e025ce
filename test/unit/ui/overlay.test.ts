import { expect, test, vi } from 'vitest'
import { EMPTY_LINE } from '../../../src/ui/components/edit-line.ts'
import { UNICODE_MARKS } from '../../../src/ui/marks.ts'
import { answer, type Overlay } from '../../../src/ui/overlay.ts'
import { overlayRect } from '../../../src/ui/overlay-box.ts'

const SCREEN = { size: { columns: 80, rows: 24 }, marks: UNICODE_MARKS, leader: 'F12' }

const key = (name: string) => ({
  name,
  ctrl: false,
  alt: false,
  shift: false,
  ...(name.length === 1 ? { text: name } : {}),
})

/** What lies there after these keys. */
function after(overlay: Overlay, ...names: string[]): Overlay | undefined {
  let now: Overlay | undefined = overlay
  for (const name of names) {
    if (!now) throw new Error(`gone before ${name}`)
    const { overlay: next, effect } = answer(now, key(name), SCREEN)
    now = next
    effect?.()
  }
  return now
}

test('a question is answered by Enter or y; everything that says no leaves things as they are', () => {
  const run = vi.fn<() => void>()
  const question: Overlay = { kind: 'confirm', title: 'Sure?', lines: ['It is gone then.'], yes: 'yes', run }
  for (const no of ['escape', 'n', 'q']) expect(after(question, no)).toBeUndefined()
  expect(after(question, 'x')).toBe(question)
  expect(run).not.toHaveBeenCalled()
  expect(after(question, 'enter')).toBeUndefined()
  expect(after(question, 'y')).toBeUndefined()
  expect(run).toHaveBeenCalledTimes(2)
})

test('typing narrows a list down, arrows choose, Enter takes what is marked', () => {
  const run = vi.fn<(id: string) => void>()
  const choices = ['node0', 'node1', 'coredns'].map((id) => ({ id, label: id }))
  const list: Overlay = { kind: 'choose', title: 'Where', choices, query: EMPTY_LINE, selected: 0, run }
  after(list, 'down', 'enter')
  after(list, 'c', 'o', 'enter')
  after(list, 'n', 'o', 'd', 'down', 'down', 'down', 'enter')
  expect(run.mock.calls).toEqual([['node1'], ['coredns'], ['node1']])
  expect(after(list, 'z', 'z', 'enter')).toMatchObject({ query: { text: 'zz' } })
})

test('a text is read as far as it goes and no further, and any other key puts it away', () => {
  const lines = Array.from({ length: 40 }, (_, i) => `line ${i}`)
  const text: Overlay = { kind: 'text', title: 'Long', lines, scroll: 0 }
  const end = after(text, ...Array.from({ length: 9 }, () => 'pagedown'))
  expect(after(text, 'up')).toMatchObject({ scroll: 0 })
  expect(after(end as Overlay, 'up')).toMatchObject({ scroll: (end as { scroll: number }).scroll - 1 })
  expect(after(text, 'x')).toBeUndefined()
})

test('what is typed into a prompt is given on at Enter', () => {
  const run = vi.fn<(text: string) => void>()
  const prompt: Overlay = { kind: 'prompt', title: 'Save', label: 'File', line: EMPTY_LINE, run }
  expect(after(prompt, 'a', 'b', 'backspace', 'enter')).toBeUndefined()
  expect(run).toHaveBeenCalledWith('a')
})

test('every overlay lies within the screen, however small that is', () => {
  const long = 'x'.repeat(300)
  const overlays: Overlay[] = [
    { kind: 'help', context: 'lesson', scroll: 0 },
    { kind: 'text', title: long, lines: [long, long], scroll: 0 },
    { kind: 'failure', title: 'No', failure: { code: 'KNET_X', message: long, hint: long } },
    { kind: 'confirm', title: long, lines: [long], yes: long, run() {} },
    { kind: 'choose', title: long, choices: [], query: EMPTY_LINE, selected: 0, run() {} },
    { kind: 'prompt', title: long, label: long, line: EMPTY_LINE, run() {} },
  ]
  for (const size of [
    { columns: 80, rows: 24 },
    { columns: 30, rows: 8 },
  ])
    for (const overlay of overlays) {
      const { x, y, columns, rows } = overlayRect(overlay, { ...SCREEN, size })
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0)
      expect(x + columns).toBeLessThanOrEqual(size.columns)
      expect(y + rows).toBeLessThanOrEqual(size.rows)
    }
})
