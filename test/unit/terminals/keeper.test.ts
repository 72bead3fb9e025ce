import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BASH, clientOf, keeperProgram, sees, socketForTest } from '../../helpers/keeper.ts'

const SIZE = { columns: 80, rows: 24 }
let program: string

beforeAll(async () => {
  program = await keeperProgram()
})

afterAll(() => rmSync(dirname(program), { recursive: true }))

test('what is typed is echoed and answered, in a terminal of the size that was asked for', async () => {
  const terminals = clientOf(program, socketForTest())
  const view = await terminals.open('here', BASH, SIZE)
  await sees(view, /^\$/)
  view.write('stty size; echo $TERM\r')
  expect(await sees(view, /24 80\nxterm-256color\n\$$/)).toBe(
    '$ stty size; echo $TERM\n24 80\nxterm-256color\n$',
  )
})
