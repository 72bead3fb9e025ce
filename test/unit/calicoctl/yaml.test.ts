import { expect, test } from 'vitest'
import { yamlText } from '../../../src/calicoctl/print/yaml.ts'

test.each([
  ['app == "web"', 'app == "web"'],
  ['!has(a)', "'!has(a)'"],
  ['64512', '"64512"'],
  ['1e3', '"1e3"'],
  ['yes', '"yes"'],
  ['', '""'],
  ['0s', '0s'],
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['fd00::/8', 'fd00::/8'],
  ['a: b', "'a: b'"],
  ["it's", "it's"],
  ["'quoted'", "'''quoted'''"],
  ['{"a":1}', `'{"a":1}'`],
  ['- a', "'- a'"],
  ['2026-11-21T10:33:04Z', '"2026-11-21T10:33:04Z"'],
  ['80:90', '80:90'],
])('%s is quoted as Go’s YAML quotes it', (value, written) => {
  expect(yamlText({ a: value })).toBe(`a: ${written}\n`)
})

test('keys are sorted, lists are not indented, nothing is {} or []', () => {
  expect(yamlText({ b: [{ y: 1, x: [] }, 'z'], a: {}, c: { d: null } })).toBe(
    'a: {}\nb:\n- x: []\n  "y": 1\n- z\nc:\n  d: null\n',
  )
})
