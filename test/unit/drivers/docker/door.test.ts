import { expect, test } from 'vitest'
import { Door } from '../../../../src/drivers/docker/door.ts'

test('a door lets only so many be on their way, and the others in their order as one is through', () => {
  const door = new Door(2)
  const went: string[] = []
  const through = new Map<string, () => void>()
  for (const name of ['a', 'b', 'c', 'd'])
    door.enter((done) => {
      went.push(name)
      through.set(name, done)
    })
  expect(went).toEqual(['a', 'b'])
  through.get('b')?.()
  through.get('b')?.()
  expect(went).toEqual(['a', 'b', 'c'])
  through.get('a')?.()
  expect(went).toEqual(['a', 'b', 'c', 'd'])
  through.get('c')?.()
  through.get('d')?.()
  door.enter(() => went.push('e'))
  expect(went.at(-1)).toBe('e')
})
