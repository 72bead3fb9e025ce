import { expect, test } from 'vitest'
import { errorOf, linesOf, parseMessage } from '../../../src/elsewhere/vagrant/message.ts'

const parsed = (...lines: string[]) => lines.flatMap((line) => parseMessage(line) ?? [])

test('a line of Vagrant’s is a machine, a type and data in which commas and line ends are written otherwise', () => {
  expect(parseMessage('1795297433,knet-labs,ui,detail,one%!(VAGRANT_COMMA) two\\nthree')).toEqual({
    target: 'knet-labs',
    type: 'ui',
    data: ['detail', 'one, two\nthree'],
  })
  expect(parseMessage('a plugin says hello, world')).toBeUndefined()
})

test('people see what Vagrant says to people, a line at a time and without the machine’s name before each', () => {
  const [output, detail, other] = parsed(
    '1,knet-labs,ui,output,==> knet-labs: Machine booted and ready!',
    '1,knet-labs,ui,detail,    knet-labs: \\n    knet-labs: Inserting key\\r',
    '1,knet-labs,state,running',
  )
  expect(linesOf(output!)).toEqual(['Machine booted and ready!'])
  expect(linesOf(detail!)).toEqual(['Inserting key'])
  expect(linesOf(other!)).toEqual([])
})

test('the error that Vagrant ended with has a class, or is at least what it said', () => {
  const said = parsed('1,,ui,error,It can’t be')
  expect(errorOf(said)).toEqual({ kind: '', text: 'It can’t be', before: [] })
  const before = parsed('1,vm,ui,detail,    vm: Reading boxes')
  expect(
    errorOf([...before, ...said, ...parsed('1,,error-exit,Vagrant::Errors::BoxNotFound,No box')]),
  ).toEqual({
    kind: 'BoxNotFound',
    text: 'No box',
    before: ['Reading boxes'],
  })
  expect(errorOf(parsed('1,,ui,info,All is well'))).toBeUndefined()
})
