import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Lab } from '../../../src/lab/lab.ts'
import { hostMachine } from '../../../src/machine/host.ts'
import type { SessionPorts } from '../../../src/session/ports.ts'
import { openSession, type Session } from '../../../src/session/session.ts'
import { apiClient } from '../../helpers/api-client.ts'
import { fileStep, type Folder, labOf, temporaryFolder } from '../../helpers/lab-folder.ts'
import { labPorts } from '../../helpers/lab-ports.ts'

let folder: Folder
let lab: Lab
let session: Session
const ports = labPorts([hostMachine('node0')])

const open = () => openSession({ lab, ports, progressFile: join(folder.path, 'progress.json') })
const there = (name: string) => existsSync(join(folder.path, name))

beforeEach(() => {
  folder = temporaryFolder()
  lab = labOf(['one', 'two', 'three'].map((id) => fileStep(id, folder.path)))
  session = open()
})
afterEach(() => folder.remove())

test('a session starts at the first step and remembers where it was', async () => {
  expect((await session.step()).id).toBe('one')
  await session.next()
  expect((await open().step()).id).toBe('two')
  expect((await open().prev()).id).toBe('one')
  expect((await open().prev()).id).toBe('one')
  expect((await open().goto('3')).id).toBe('three')
  expect((await open().next()).id).toBe('three')
})

test('an unknown step is refused with the nearest one', () => {
  expect(() => session.goto('thre')).toThrowError(
    expect.objectContaining({ code: 'KNET_UNKNOWN_STEP', hint: 'Did you mean three?' }),
  )
})

test('a failed check is a value that says why, and a passed one is remembered', async () => {
  const failed = await session.check()
  expect(failed).toMatchObject({ step: 'one', holds: false, unknown: false })
  expect(failed.checks[0]).toMatchObject({ id: 'file', outcome: 'failed' })
  expect(failed.checks[0]?.message).toMatch(/^no one: .*No such file/)

  writeFileSync(join(folder.path, 'one'), '')
  expect(await session.check()).toMatchObject({ holds: true, checks: [{ message: 'one is there.' }] })
  rmSync(join(folder.path, 'one'))
  expect((await session.check()).holds).toBe(false)
  expect((await open().step()).done).toBe(true)
})

test('a check that could not look is neither passed nor failed', async () => {
  lab = labOf([fileStep('one', folder.path, { checks: [{ kind: 'command', on: 'node7', run: 'true' }] })])
  const report = await open().check()
  expect(report).toMatchObject({ holds: false, unknown: true, checks: [{ outcome: 'unknown' }] })
})

test('a check in a pod that is not there has failed', async () => {
  lab = labOf([
    fileStep('one', folder.path, { checks: [{ kind: 'command', on: 'pod/gone[0]', run: 'true' }] }),
  ])
  const withCluster = labPorts([], apiClient())
  const gone = openSession({ lab, ports: withCluster, progressFile: join(folder.path, 'progress.json') })
  expect(await gone.check()).toMatchObject({
    unknown: false,
    checks: [{ outcome: 'failed', message: 'There is no pod gone[0].' }],
  })
})

test('hints come one at a time and are counted', async () => {
  const texts = []
  for (let i = 0; i < 4; i++) texts.push((await session.hint()).text)
  expect(texts).toEqual(['where', 'what', 'touch one', 'touch one'])
  expect(open().steps()[0]?.hintsUsed).toBe(3)
})

test('solve does the steps up to the one named, but not those that hold already', async () => {
  writeFileSync(join(folder.path, 'one'), 'by hand')
  const done: string[] = []
  const reports = await session.solve({ to: 'two', onDone: ({ command }) => done.push(command) })
  expect(reports.map(({ step, holds }) => [step, holds])).toEqual([
    ['one', true],
    ['two', true],
  ])
  expect(done).toEqual([`touch ${join(folder.path, 'two')}`])
  expect(session.steps().map(({ id, done, solved, current }) => ({ id, done, solved, current }))).toEqual([
    { id: 'one', done: true, solved: false, current: false },
    { id: 'two', done: true, solved: true, current: true },
    { id: 'three', done: false, solved: false, current: false },
  ])
})

test('a solution that fails says which command failed and why', async () => {
  const broken = fileStep('one', folder.path, { solve: [{ on: 'node0', run: 'echo no luck >&2; exit 3' }] })
  lab = labOf([broken])
  await expect(open().solve()).rejects.toMatchObject({
    code: 'KNET_ACTION_FAILED',
    message: '"echo no luck >&2; exit 3" on node0 ended with 3: no luck',
  })
})

test('resetting a step undoes it, and makes good what earlier steps left and somebody took away', async () => {
  await session.solve({ to: 'two' })
  rmSync(join(folder.path, 'one'))
  await session.resetStep()
  expect([there('one'), there('two')]).toEqual([true, false])
  expect(session.steps().map((step) => step.done)).toEqual([true, false, false])
})

test('where what earlier steps left does not come back, all machines are made anew, and if that is no help it is said', async () => {
  const blocked = join(folder.path, 'blocked')
  const [one, two] = ['one', 'two'].map((id) => fileStep(id, folder.path))
  const solve = [{ on: 'node0', run: `test ! -e ${blocked} && touch ${join(folder.path, 'one')}` }]
  lab = labOf([{ ...one!, solve }, two!])
  const openWith = (restore: SessionPorts['restore']) =>
    openSession({ lab, ports: { ...ports, restore }, progressFile: join(folder.path, 'progress.json') })
  await openWith(undefined).solve({ to: 'two' })
  writeFileSync(blocked, '')
  rmSync(join(folder.path, 'one'))
  const refused = { code: 'KNET_RESET_INCOMPLETE', message: expect.stringContaining('ended with 1') }
  await expect(openWith(undefined).resetStep()).rejects.toMatchObject(refused)
  await expect(openWith(async () => []).resetStep()).rejects.toMatchObject(refused)
  const mended = await openWith(async () => {
    rmSync(blocked)
    return []
  }).resetStep()
  expect(mended).toEqual([expect.stringContaining('ended with 1'), 'all machines: made anew'])
  expect(there('one')).toBe(true)
})

test('what a later step has ended is not done again, and what doing it again would undo is', async () => {
  const [one, two, three] = ['one', 'two', 'three'].map((id) => fileStep(id, folder.path))
  const file = (id: string) => join(folder.path, id)
  const ended = one!.checks.map((check) => ({ ...check, until: 'two' }))
  // Two takes away what one made; three is undone by whoever does two.
  lab = labOf([
    { ...one!, checks: ended },
    { ...two!, solve: [{ on: 'node0', run: `rm -f ${file('one')} ${file('three')}; touch ${file('two')}` }] },
    three!,
    fileStep('four', folder.path),
  ])
  session = open()
  await session.solve({ to: 'three' })
  await session.goto('four')
  const done: string[] = []
  await session.solve({ onDone: ({ command }) => done.push(command) })
  expect(done).toEqual([`touch ${file('four')}`])
  rmSync(file('two'))
  await session.resetStep()
  expect(['one', 'two', 'three', 'four'].filter(there)).toEqual(['two', 'three'])
})

test('resetting the lab undoes everything, in whatever state it is, and forgets progress', async () => {
  await session.solve({ to: 'three' })
  rmSync(join(folder.path, 'two'))
  await session.resetLab()
  expect(['one', 'two', 'three'].filter(there)).toEqual([])
  expect(session.steps().map((step) => step.done)).toEqual([false, false, false])
  expect((await session.step()).id).toBe('one')
})

test('survey says what holds now, step by step', async () => {
  writeFileSync(join(folder.path, 'two'), '')
  expect((await session.survey()).map((report) => report.holds)).toEqual([false, true, false])
})

test('a text is shown even when the cluster it speaks of is away', async () => {
  expect((await session.step()).text).toBe('Make the file one on {{ node.node0.address }}.')
})

test('a recognised mistake is named', async () => {
  const [step] = lab.steps
  const check = {
    ...step!.checks[0]!,
    diagnose: [
      { when: { kind: 'command', on: 'node0', run: `ls ${folder.path}/oen` }, say: 'A slip of the finger.' },
    ],
  }
  lab = labOf([{ ...step!, checks: [check as never] }])
  writeFileSync(join(folder.path, 'oen'), '')
  expect((await open().check()).checks[0]?.diagnosis).toBe('A slip of the finger.')
})
