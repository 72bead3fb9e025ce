import { once } from 'node:events'
import { existsSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { until } from '../../../src/base/until.ts'
import { hostSpawn } from '../../../src/machine/host.ts'
import { SHELL } from '../../../src/machine/namespace-machine.ts'
import { bundle } from '../../helpers/bundle.ts'
import { clientOf, isAlive, keeperArgv, keeperPid, keeperProgram, sees } from '../../helpers/keeper.ts'
import { testLab } from '../driver/lab.ts'

const SIZE = { columns: 80, rows: 24 }
let program: string

beforeAll(async () => {
  program = await keeperProgram()
})

afterAll(() => rmSync(dirname(program), { recursive: true }))

async function labWithTerminals() {
  const { driver, paths, topology, folder } = testLab()
  const running = await driver.up(topology, {})
  await running.keep()
  const socket = join(paths.run('lab'), 'terminals.sock')
  return { driver, node0: running.machines[0]!, socket, state: join(folder, 'state') }
}

const ended = (pid: number) => until(() => !isAlive(pid), { what: `${pid} to end`, deadlineMs: 10_000 })

test('a shell on a machine has a terminal with a name there, its size, and job control', async () => {
  const { node0, socket } = await labWithTerminals()
  const view = await clientOf(program, socket).open('node0', node0.terminalCommand(SHELL), SIZE)
  await sees(view, /root@node0:~#$/)
  view.write('tty; stty size\r')
  await sees(view, /^\/dev\/pts\/\d+\n24 80$/m)
  view.write('sleep 100 & jobs\r')
  await sees(view, /^\[1\]\+? +Running +sleep 100/m)
  view.write('fg\r')
  await sees(view, /fg\nsleep 100$/)
  view.write('\u0003')
  await sees(view, /\^C\nroot@node0:~#$/)
  view.resize({ columns: 100, rows: 30 })
  await until(() => view.size.columns === 100, { what: 'the new size', deadlineMs: 5000 })
  view.write('stty size\r')
  await sees(view, /^30 100$/m)
  view.write('exit 7\r')
  await until(() => view.exitCode === 7, { what: 'the exit code', deadlineMs: 5000 })
})

test('a command on a machine shows all that it said, and its exit code', async () => {
  const { node0, socket } = await labWithTerminals()
  const command = node0.terminalCommand(['sh', '-c', 'seq 1 3000; exit 4'])
  const view = await clientOf(program, socket).open('node0', command, SIZE)
  await until(() => view.exitCode === 4, { what: 'the exit code', deadlineMs: 5000 })
  await sees(view, /2999\n3000$/)
})

test('terminals live on when their screen is killed, and end with the lab, which leaves nothing behind', async () => {
  const { driver, socket, state } = await labWithTerminals()
  const file = await bundle(join(import.meta.dirname, 'screen-program.ts'))
  onTestFinished(() => rmSync(dirname(file), { recursive: true }))
  const screen = hostSpawn([process.execPath, file, state, socket, ...keeperArgv(program, socket)])
  await once(screen.stdout, 'data')
  const keeper = keeperPid(socket)
  screen.kill('SIGKILL')
  await screen.exited

  const [, ppid, group, session] = readFileSync(`/proc/${keeper}/stat`, 'utf8').split(') ')[1]!.split(' ')
  expect([group, session]).toEqual([`${keeper}`, `${keeper}`])
  expect(ppid).not.toBe(`${screen.pid}`)
  expect(readlinkSync(`/proc/${keeper}/cwd`)).toBe('/')
  expect([0, 1, 2].map((fd) => readlinkSync(`/proc/${keeper}/fd/${fd}`))).toEqual(Array(3).fill('/dev/null'))

  const terminals = clientOf(program, socket)
  const [first] = await terminals.list()
  const view = await terminals.attach(first!.id, SIZE)
  view.write('echo alive | rev\r')
  await sees(view, /^evila$/m)

  await driver.down('lab')
  await until(() => view.exitCode !== undefined, { what: 'the shell to end', deadlineMs: 5000 })
  expect(existsSync(dirname(socket))).toBe(false)
  terminals.leave()
  await ended(keeper)
})
