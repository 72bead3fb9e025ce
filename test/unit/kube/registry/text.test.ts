import { describe, expect, test } from 'vitest'
import { humanDuration, timeSince } from '../../../../src/kube/registry/human-duration.ts'
import { selectorText } from '../../../../src/kube/registry/label-selector.ts'
import { canonicalQuantity, parseQuantity } from '../../../../src/kube/registry/quantity.ts'
import { sameValue } from '../../../../src/kube/registry/same-value.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

test.each([
  [-2 * SECOND, '<invalid>'],
  [-SECOND, '0s'],
  [999, '0s'],
  [119 * SECOND, '119s'],
  [120 * SECOND, '2m'],
  [185 * SECOND, '3m5s'],
  [10 * MINUTE + 5 * SECOND, '10m'],
  [179 * MINUTE, '179m'],
  [3 * HOUR, '3h'],
  [7 * HOUR + 30 * MINUTE, '7h30m'],
  [47 * HOUR, '47h'],
  [2 * DAY, '2d'],
  [5 * DAY + 4 * HOUR, '5d4h'],
  [8 * DAY + 4 * HOUR, '8d'],
  [729 * DAY, '729d'],
  [740 * DAY, '2y10d'],
  [3000 * DAY, '8y'],
])('%d ms are %s', (ms, text) => {
  expect(humanDuration(ms)).toBe(text)
})

test('a time that was never set is unknown', () => {
  expect(timeSince(undefined, new Date())).toBe('<unknown>')
})

describe('quantities', () => {
  test.each([
    ['0.5', '500m'],
    ['1000m', '1'],
    ['1024Ki', '1Mi'],
    ['1.5Gi', '1536Mi'],
    ['512Ki', '512Ki'],
    ['1000Ki', '1000Ki'],
    ['100Mi', '100Mi'],
    ['0.5Ki', '512'],
    ['1500', '1500'],
    ['2000', '2k'],
    ['1e3', '1e3'],
    ['0', '0'],
    ['0Mi', '0'],
    ['-1', '-1'],
    ['100m', '100m'],
    ['1.0', '1'],
    ['+5', '5'],
  ])('%s is written %s', (given, text) => {
    expect(canonicalQuantity(given)).toBe(text)
  })

  test.each(['', 'a', '1 Mi', '1mi', '--1', '1.2.3', '.'])('"%s" is none', (text) => {
    expect(parseQuantity(text)).toBeUndefined()
  })
})

test('a selector is written as kubectl -l reads it', () => {
  expect(
    selectorText({
      matchLabels: { tier: 'web', app: 'a' },
      matchExpressions: [
        { key: 'b', operator: 'In', values: ['y', 'x'] },
        { key: 'c', operator: 'Exists' },
        { key: 'd', operator: 'DoesNotExist' },
        { key: 'e', operator: 'NotIn', values: ['z'] },
      ],
    }),
  ).toBe('app=a,b in (x,y),c,!d,e notin (z),tier=web')
  expect(selectorText({})).toBe('<none>')
})

test('values that Go would write alike are the same', () => {
  expect(sameValue({ a: 1, b: undefined, c: {} }, { a: 1 })).toBe(true)
  expect(sameValue([], undefined)).toBe(true)
  expect(sameValue({ a: 1 }, { a: 1, b: 2 })).toBe(false)
  expect(sameValue([1], [1, 2])).toBe(false)
  expect(sameValue({ a: 1 }, { a: 2 })).toBe(false)
  expect(sameValue({ a: 0 }, {})).toBe(false)
})
