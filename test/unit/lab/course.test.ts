import { expect, test } from 'vitest'
import { inCourseOrder } from '../../../src/lab/course.ts'
import type { LabEntry } from '../../../src/lab/load.ts'

const entry = (id: string, after?: string) => ({ id, dir: '', lab: { id, after } }) as unknown as LabEntry
const broken = (id: string): LabEntry => ({ id, dir: '', problems: [] })
const order = (...entries: LabEntry[]) => inCourseOrder(entries).map(({ id }) => id)

test('each lab comes after the one that it names, and what comes next after that', () => {
  expect(
    order(
      entry('calico', 'services'),
      entry('containers'),
      entry('services', 'flannel'),
      entry('flannel', 'containers'),
    ),
  ).toEqual(['containers', 'flannel', 'services', 'calico'])
})

test('labs after the same one are sorted by id', () => {
  expect(order(entry('b', 'x'), entry('x'), entry('c'), entry('a', 'x'))).toEqual(['c', 'x', 'a', 'b'])
})

test('no lab is lost: one that is broken, names nobody, or waits for itself', () => {
  expect(order(entry('a', 'nobody'), broken('b'))).toEqual(['a', 'b'])
  expect(order(entry('p', 'q'), entry('q', 'p'), entry('a'))).toEqual(['a', 'p', 'q'])
})
