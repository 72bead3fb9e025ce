import { expect, test } from 'vitest'
import { parseSelector } from '../../../../src/dataplane/calico/selector.ts'

const LABELS = { role: 'web', tier: 'front-end', 'app.kubernetes.io/name': 'shop', empty: '' }

test.each([
  ['', true],
  ['all()', true],
  ['global()', true],
  ['has(role)', true],
  ['has(other)', false],
  ['!has(other)', true],
  ["role == 'web'", true],
  ['role == "web"', true],
  ["role=='db'", false],
  ["role != 'db'", true],
  ["other != 'x'", true],
  ["other == ''", false],
  ["empty == ''", true],
  ["role in {'db', 'web'}", true],
  ["role in { 'db' }", false],
  ["role not in {'db'}", true],
  ["other not in {'db'}", true],
  ["other in {'db'}", false],
  ["tier contains 'end'", true],
  ["tier starts with 'front'", true],
  ["tier ends with 'front'", false],
  ["app.kubernetes.io/name == 'shop'", true],
  ["has(app.kubernetes.io/name) && role == 'web'", true],
  ["role == 'db' || role == 'web' && tier == 'x'", false],
  ["(role == 'db' || role == 'web') && !(tier == 'x')", true],
  ['!!has(role)', true],
  ['role == "it\'s"', false],
])('%s is %s', (selector, holds) => {
  expect(parseSelector(selector)(LABELS)).toBe(holds)
})

test.each([
  'role',
  'role =',
  'role = "x"',
  "role == 'x",
  'has(',
  'has()',
  "role in {'a' 'b'}",
  'all() all()',
  '(all()',
  '&& all()',
  'role == web',
])('%s is no selector', (selector) => {
  expect(() => parseSelector(selector)).toThrow(/invalid selector|unexpected characters/)
})
