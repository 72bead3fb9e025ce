import { expect, test } from 'vitest'
import { tidyCopy } from '../../../../src/kube/api/store/json.ts'

test('A field called __proto__ does not become the copy’s prototype.', () => {
  const hostile = JSON.parse('{"a": 1, "__proto__": {"isAdmin": true}}') as object
  const copy = tidyCopy(hostile)
  expect(copy).toEqual({ a: 1 })
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
})
