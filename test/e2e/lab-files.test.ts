import { cpSync, existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { author as newAuthor } from '../helpers/author.ts'
import { Stranger } from '../helpers/cli.ts'

const LABS = resolve(import.meta.dirname, '../../labs')

function author(change: (yaml: string) => string): Stranger {
  const stranger = newAuthor(change)
  onTestFinished(() => stranger.leave())
  return stranger
}

const untouched = new Stranger()
afterAll(() => untouched.leave())

test('the labs that come with it have no mistakes', async () => {
  expect(await untouched.run(['author', 'lint'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+ labs, no mistakes\.\n$/) as unknown,
  })
})

test('every mistake in a lab is told at once, as file:line:column', async () => {
  const one = author((yaml) =>
    yaml.replace(/^minutes: .*$/m, 'minutes: soon').replace(/^summary:/m, 'sumary:'),
  )
  const file = String.raw`\S+/labs/containers/lab\.yaml`
  const { code, stderr } = await one.run(['start', 'containers'])
  expect(stderr).toMatch(new RegExp(`^${file}:\\d+:\\d+: .*minutes`, 'm'))
  expect(stderr).toMatch(new RegExp(`^${file}:\\d+:\\d+: .*sumary.*summary`, 'm'))
  expect(code).toBe(64)
  const lint = await one.run(['author', 'lint'])
  expect(lint.code).toBe(1)
  expect(lint.stdout.split('\n').filter((line) => /lab\.yaml:\d+:\d+: /.test(line)).length).toBeGreaterThan(1)
})

test('what is not YAML is told where it stops to be', async () => {
  const one = author((yaml) => `${yaml}\n  - [broken\n`)
  const { code, stderr } = await one.run(['start', 'containers'])
  expect(stderr).toMatch(/lab\.yaml:\d+:\d+: /)
  expect(code).toBe(64)
})

test('a broken lab is listed as such and does not hide the others', async () => {
  const one = author(() => 'id: containers\n')
  cpSync(join(LABS, 'flannel'), join(one.home, 'labs', 'flannel'), { recursive: true })
  const { code, stdout, stderr } = await one.run(['list'])
  expect([code, stdout]).toEqual([0, expect.stringContaining('flannel')])
  expect(stderr).toMatch(/containers\/lab\.yaml:\d+:\d+: /)
})

test('a hostile lab reads and writes no file outside its folder and runs nothing on the host', async () => {
  const mark = join(untouched.home, 'was-here')
  const hostile: readonly [why: RegExp, change: (yaml: string) => string][] = [
    [/\.\./, (yaml) => yaml.replace(/text: \S+\.md/, 'text: ../../../../../../etc/passwd')],
    [/outside|absolute|\//, (yaml) => yaml.replace(/text: \S+\.md/, 'text: /etc/passwd')],
    [/kubectl/, (yaml) => yaml.replace(/undo:\n/, `undo:\n      - { kubectl: 'config view > ${mark}' }\n`)],
    [
      /kubectl/,
      (yaml) => yaml.replace(/undo:\n/, 'undo:\n      - { kubectl: get --kubeconfig=/etc/shadow pods }\n'),
    ],
    [/host/, (yaml) => yaml.replace(/undo:\n/, `undo:\n      - { on: host, run: 'touch ${mark}' }\n`)],
    [/id|name|folder/, (yaml) => yaml.replace(/^id: .*$/m, 'id: ../../../containers')],
  ]
  for (const [why, change] of hostile) {
    const one = author(change)
    const { code, stderr } = await one.run(['start', 'containers'])
    expect(stderr).toMatch(why)
    expect([code, existsSync(mark)]).toEqual([64, false])
  }
})

test('a lab’s own commands see the machine they run in, not the host', async () => {
  const secret = join(untouched.home, 'secret')
  writeFileSync(secret, 'secret')
  const one = author((yaml) =>
    yaml.replaceAll(/run: .*$/gm, `run: cat ${secret} /root/x; touch ${secret}-too }`),
  )
  const { stdout, stderr } = await one.run(['start', 'containers'])
  const said = await one.run(['solve'])
  expect(stdout + stderr + said.stdout).not.toMatch(/^secret$/m)
  expect(existsSync(`${secret}-too`)).toBe(false)
})
