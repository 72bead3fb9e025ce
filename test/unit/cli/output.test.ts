import { expect, test } from 'vitest'
import { LabError } from '../../../src/base/errors.ts'
import { written } from './terminal.ts'

const error = new LabError('KNET_X', { message: 'It broke.', hint: 'mend it' })

test('lines are for people and documents for scripts, never both', () => {
  for (const json of [false, true]) {
    const { output, stdout, stderr } = written({ json })
    output.line('hello')
    output.document({ a: 1 })
    output.progress('soon')
    expect(stdout()).toBe(json ? '{"a":1}\n' : 'hello\n')
    expect(stderr()).toBe(json ? '' : 'soon\n')
  }
})

test('an error says what, how to mend it, and its code', () => {
  const { output, stdout, stderr } = written()
  output.failure(error)
  expect(stderr()).toBe('error It broke.\nfix   mend it\n(KNET_X)\n')
  expect(stdout()).toBe('')
})

test('with --json an error is the document', () => {
  const { output, stdout, stderr } = written({ json: true })
  output.failure(error)
  expect(JSON.parse(stdout())).toEqual({ error: { code: 'KNET_X', message: 'It broke.', hint: 'mend it' } })
  expect(stderr()).toBe('')
})

test('columns are as wide as their widest cell, and no line ends in blanks', () => {
  const { output, stdout } = written()
  output.table(
    ['A', 'LONG'],
    [
      ['wide', ''],
      ['', 'x'],
    ],
  )
  expect(stdout()).toBe('A     LONG\nwide\n      x\n')
})

test.each([
  [{ tty: true }, true],
  [{ tty: false }, false],
  [{ tty: true, json: true }, false],
  [{ tty: true, env: { NO_COLOR: '1' } }, false],
  [{ tty: true, env: { NO_COLOR: '' } }, true],
  [{ tty: true, env: { TERM: 'dumb' } }, false],
])('%j has colour: %s', (terminal, color) => {
  expect(written(terminal).output.color).toBe(color)
})
