import { expect, test } from 'vitest'
import { parseSelector, prefixedSelector, readSelector } from '../../../../src/dataplane/calico/selector.ts'

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

test.each([
  ['', 'all()', 's:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug'],
  [' (all() )', 'all()', 's:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug'],
  ['! (has( b)||! has(a ))', '!(has(b) || !has(a))', 's:Iss0uCleLYv1GSv_pNm7hAO58kE9jAx1NKyG3Q'],
  ['! (a == "b"&&! c != "d")', '!(a == "b" && !c != "d")', 's:lh3haoY1ikTRkd4UZu0nWSaIBknYLPJLX16d-w'],
])('%s is written %s and has the id that upstream gives it.', (source, text, id) => {
  expect(readSelector(source)).toMatchObject({ text, id })
})

test.each([
  [`a == '"'`, `a == '"'`],
  [`a contains"'"`, `a contains "'"`],
  [`a startswith 'x'`, 'a starts with "x"'],
  [`a ends  with 'x'`, 'a ends with "x"'],
  [`a notin {'z','x','z'}`, 'a not in {"x", "z"}'],
  ['global( )', 'global()'],
  ['!!has(a)', 'has(a)'],
  ["(a == 'b' && (c == 'd' && has(e)))", '(a == "b" && (c == "d" && has(e)))'],
])('%s is written %s', (source, text) => {
  expect(readSelector(source).text).toBe(text)
  expect(readSelector(text).text).toBe(text)
})

test('A prefix goes before every label, however deep.', () => {
  expect(prefixedSelector("!(a == 'b' || has(c)) && d in {'e'} && all()", 'pcns.')).toBe(
    '(!(pcns.a == "b" || has(pcns.c)) && pcns.d in {"e"} && all())',
  )
})

test.each([
  ['a == b', 'Expected string'],
  ["a in 'b'", 'Expected set literal'],
  ["a in {'b'", 'Expected }'],
  ["(a == 'b'", 'Expected )'],
  ["a = 'b'", 'expected =='],
  ['has(a) & has(b)', 'expected &&'],
  ["a == 'b", 'unterminated string'],
  ["a likes 'b'", "unexpected characters after label 'a', was expecting an operator"],
  ['%', 'unexpected characters'],
  ['all() all()', 'unexpected content at end of selector [{14 <nil>} {21 <nil>}]'],
  ["&& a == 'b'", 'Unexpected token: {18 <nil>}'],
  ['a', 'Unexpected end of string in middle of op[{1 a} {21 <nil>}]'],
  ["a && b == 'c'", 'Expected == or != not {18 <nil>}'],
])('Of %s it is said, as upstream does: %s', (source, reason) => {
  expect(() => readSelector(source)).toThrow(expect.objectContaining({ reason }))
})
