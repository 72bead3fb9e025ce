import { describe, expect, test } from 'vitest'
import { fitLine, headOf, widthOf } from '../../../src/ui/line.ts'
import { marksFor, UNICODE_MARKS } from '../../../src/ui/marks.ts'
import { LOOKS, style, type Role } from '../../../src/ui/theme.ts'

describe('a line fitted into cells', () => {
  test.each([
    ['filled with blanks', 'ab', 4, 'ab  '],
    ['left alone', 'abcd', 4, 'abcd'],
    ['cut with a mark', 'abcde', 4, 'abc…'],
    ['cut before a wide character that has no room', 'a漢字', 4, 'a漢…'],
    ['filled where half a wide character had room', '漢字漢', 4, '漢… '],
    ['nothing at all', 'abc', 0, ''],
  ])('is %s', (_, line, columns, fitted) => {
    expect(fitLine(line, columns)).toBe(fitted)
    expect(widthOf(fitted)).toBe(columns)
  })

  test('ends every look that it begins, also where it is cut', () => {
    const cut = fitLine(`${style('good', 'green')} and ${style('code', 'cyan')}`, 7)
    expect(cut).toBe('\u001B[32mgreen\u001B[39m \u001B[36m\u001B[39m…')
  })

  test('has whole graphemes', () => {
    expect(headOf('e\u0301e\u0301x', 1)).toBe('e\u0301')
    expect(headOf('漢', 1)).toBe('')
    expect(headOf('漢', 1, 1)).toBe('漢')
  })
})

test.each(Object.keys(LOOKS) as Role[])(
  'the look of %s begins, ends, and has a colour that adapts or none',
  (role) => {
    const codes = [...style(role, 'x').matchAll(/\[([\d;]+)m/g)].map(([, list = '']) =>
      list.split(';').map(Number),
    )
    expect(codes).toHaveLength(2)
    expect(codes[0]).toHaveLength(codes[1]?.length ?? 0)
    const colours = codes[0]?.filter((code) => code >= 30) ?? []
    expect(colours.every((code) => code > 30 && code < 37)).toBe(true)
  },
)

describe('marks', () => {
  const signs = (marks: object): string[] =>
    Object.values(marks).flatMap((mark: string | object) => (typeof mark === 'string' ? [mark] : signs(mark)))

  test('are one cell wide each', () => {
    const wrong = [...signs(UNICODE_MARKS), ...signs(marksFor({}))].filter((mark) => widthOf(mark) !== 1)
    expect(wrong).toEqual([])
  })

  test('are ASCII where the locale is not UTF-8, by the order of its variables', () => {
    expect(marksFor({ LANG: 'de_DE.UTF-8' })).toBe(UNICODE_MARKS)
    expect(marksFor({ LC_CTYPE: 'C.utf8', LANG: 'C' })).toBe(UNICODE_MARKS)
    for (const env of [{}, { LANG: 'de_DE.ISO-8859-1' }, { LC_ALL: 'C', LANG: 'en_US.UTF-8' }])
      expect(signs(marksFor(env)).join('')).toMatch(/^[!-~]+$/)
  })

  test('of good and bad, done and to do differ by shape', () => {
    for (const { good, bad, unknown, step } of [UNICODE_MARKS, marksFor({})]) {
      expect(new Set([good, bad, unknown]).size).toBe(3)
      expect(new Set(Object.values(step)).size).toBe(3)
    }
  })
})
