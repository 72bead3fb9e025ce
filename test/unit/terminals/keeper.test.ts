import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { answers } from '../../../src/base/sockets.ts'
import { until } from '../../../src/base/until.ts'
import { hostSpawn } from '../../../src/machine/host.ts'
import { openTerminals } from '../../../src/terminals/client.ts'
import {
  BASH,
  clientOf,
  command,
  isAlive,
  keeperArgv,
  keeperPid,
  keeperProgram,
  sees,
  socketForTest,
  textOf,
} from '../../helpers/keeper.ts'

const SIZE = { columns: 80, rows: 24 }
let program: string

beforeAll(async () => {
  program = await keeperProgram()
})

afterAll(() => rmSync(dirname(program), { recursive: true }))

const gone = (pid: number) => until(() => !isAlive(pid), { what: `${pid} to end`, deadlineMs: 10_000 })

test('what is typed is echoed and answered, in a terminal of the size that was asked for', async () => {
  const terminals = clientOf(program, socketForTest())
  const view = await terminals.open('node0', BASH, SIZE)
  await sees(view, /^\$$/)
  view.write('stty size; echo $TERM; tty\r')
  expect(await sees(view, /\n\$$/)).toMatch(/^\$ stty.*\n24 80\nxterm-256color\n\/dev\/pts\/\d+\n\$$/)
  expect(view.cursor).toEqual({ x: 2, y: 4 })
  expect(await terminals.list()).toEqual([{ id: view.id, place: 'node0' }])
})

test('a program is told of a new size, and redraws', async () => {
  const view = await clientOf(program, socketForTest()).open('node0', BASH, SIZE)
  await sees(view, /^\$$/)
  for (const columns of [90, 100, 110]) view.resize({ columns, rows: 30 })
  await until(() => view.size.columns === 110, { what: 'the last size', deadlineMs: 5000 })
  expect(view.row(0).chars).toHaveLength(110)
  view.write('stty size\r')
  await sees(view, /30 110/)
})

test('a pager has the screen for itself and takes keys; afterwards the shell is as it was', async () => {
  const view = await clientOf(program, socketForTest()).open('node0', BASH, SIZE)
  await sees(view, /^\$$/)
  view.write('seq 1 500 | less\r')
  await sees(view, /^1\n2\n[^]*\n23\n:$/)
  view.scroll(-5)
  view.write('G')
  await sees(view, /499\n500\n\(END\)$/)
  expect(view.scrolledBack).toBe(0)
  view.write('q')
  expect(await sees(view, /^\$ seq 1 500 \| less\n\$$/)).toBeTruthy()
})

test('the view scrolls back, stands still while output goes on, and follows it again on a key', async () => {
  const shell = await clientOf(program, socketForTest()).open('node0', BASH, SIZE)
  await sees(shell, /^\$$/)
  shell.write('seq 1 100; sleep 0.2; seq 101 120\r')
  await sees(shell, /\n100$/)
  shell.scroll(-60)
  const top = (await sees(shell, (text) => text.startsWith('18\n'))).split('\n')[0]
  await until(() => shell.scrolledBack > 75, { what: 'output below the view', deadlineMs: 5000 })
  expect(textOf(shell).split('\n')[0]).toBe(top)
  expect(shell.cursor).toBeUndefined()
  shell.scroll(-1000)
  await sees(shell, /^\$ seq/)
  shell.write(' ')
  await sees(shell, /120\n\$$/)
  expect(shell.scrolledBack).toBe(0)
})

test('a flood in one terminal leaves the other usable, and Ctrl-C ends it', async () => {
  const terminals = clientOf(program, socketForTest())
  const [flood, other] = [await terminals.open('a', BASH, SIZE), await terminals.open('b', BASH, SIZE)]
  await Promise.all([sees(flood, /^\$$/), sees(other, /^\$$/)])
  let frames = 0
  flood.onChange(() => frames++)
  flood.write('seq 1 1000000000\r')
  await sees(flood, /\d{6}\n\d{6}/)
  const began = performance.now()
  const before = frames
  for (const [word, backwards] of [
    ['one', 'eno'],
    ['two', 'owt'],
    ['six', 'xis'],
  ]) {
    other.write(`echo ${word} | rev\r`)
    await sees(other, new RegExp(`${backwards}\n\\$$`))
  }
  const seconds = (performance.now() - began) / 1000
  expect(frames - before).toBeLessThanOrEqual(seconds * 30 + 2)
  flood.write('\u0003')
  await sees(flood, /\^C.*\n\$$/)
})

test('a paste of 319 kB arrives byte for byte, though its reader takes its time', async () => {
  const socket = socketForTest()
  const view = await clientOf(program, socket).open('node0', BASH, SIZE)
  await sees(view, /^\$$/)
  const [file, go] = [join(dirname(socket), 'pasted'), join(dirname(socket), 'go')]
  view.write(`stty raw -echo; echo re""ady; until [ -e ${go} ]; do sleep 0.01; done; cat >${file}\r`)
  await sees(view, /^ready/m)
  const paste = randomBytes(319_000)
  view.write(paste)
  const other = await clientOf(program, socket).open('node0', BASH, SIZE)
  other.write('echo still | rev\r')
  await sees(other, /llits/)
  writeFileSync(go, '')
  const size = () => statSync(file, { throwIfNoEntry: false })?.size === paste.length
  await until(size, { what: 'all of it', deadlineMs: 10_000 })
  expect(readFileSync(file).equals(paste)).toBe(true)
})

test('colours, wide and composed characters arrive as cells', async () => {
  const printf = command('printf', '\u001b[1;38;5;200m漢e\u0301\u001b[0m|\u001b[48;2;1;2;3m \u001b[0m')
  const view = await clientOf(program, socketForTest()).open('node0', printf, { columns: 6, rows: 2 })
  await until(() => view.exitCode === 0, { what: 'its end', deadlineMs: 5000 })
  expect(view.row(0)).toEqual({
    chars: ['漢', '', 'e\u0301', '|', ' ', ' '],
    styles: ['1;38;5;200', '1;38;5;200', '1;38;5;200', '', '48;2;1;2;3', ''],
  })
})

test('two clients see one terminal, and its size is the last one set', async () => {
  const socket = socketForTest()
  const first = await clientOf(program, socket).open('node0', BASH, SIZE)
  await sees(first, /^\$$/)
  const second = await clientOf(program, socket).attach(first.id, { columns: 60, rows: 20 })
  second.write('echo together\r')
  await Promise.all([sees(first, /^together/m), sees(second, /^together/m)])
  expect(first.size).toEqual({ columns: 60, rows: 20 })
  second.scroll(-1)
  first.write('exit 3\r')
  for (const view of [first, second]) {
    await until(() => view.exitCode === 3, { what: 'the exit code', deadlineMs: 5000 })
  }
})

test('who comes back sees the same screen, with what happened meanwhile and what scrolled out', async () => {
  const socket = socketForTest()
  const terminals = clientOf(program, socket)
  const { id, write } = await opened(terminals)
  write('seq 1 50; read x; echo meanwhile\r')
  terminals.leave()
  await until(async () => (await clientOf(program, socket).list()).length, {
    what: 'the list',
    deadlineMs: 5000,
  })
  const again = await clientOf(program, socket).attach(id, SIZE)
  await sees(again, /49\n50$/)
  again.write('\r')
  await sees(again, /50\n\nmeanwhile\n\$$/)
  again.scroll(-1000)
  await sees(again, /^\$ seq 1 50/)
})

async function opened(terminals: ReturnType<typeof clientOf>) {
  const view = await terminals.open('node0', BASH, SIZE)
  await sees(view, /^\$$/)
  return { id: view.id, write: (keys: string) => view.write(keys), view }
}

test('the exit code stays listed until the last client leaves, and then the keeper ends', async () => {
  const socket = socketForTest()
  const terminals = clientOf(program, socket)
  const { id, view } = await opened(terminals)
  const pid = keeperPid(socket)
  view.write('exit 7\r')
  await until(() => view.exitCode === 7, { what: 'the exit code', deadlineMs: 5000 })
  expect(await terminals.list()).toEqual([{ id, place: 'node0', exitCode: 7 }])
  terminals.leave()
  await gone(pid)
  expect(existsSync(socket)).toBe(false)
})

test('a terminal that is closed takes its program with it, and no other', async () => {
  const socket = socketForTest()
  const terminals = clientOf(program, socket)
  const [closed, other] = [await opened(terminals), await opened(terminals)]
  closed.write('echo pid=$$\r')
  const pid = Number(/^pid=(\d+)/m.exec(await sees(closed.view, /^pid=\d+/m))?.[1])
  closed.view.close()
  await gone(pid)
  expect(await terminals.list()).toEqual([{ id: other.id, place: 'node0' }])
  other.write('echo I live\r')
  await sees(other.view, /^I live/m)
  await expect(terminals.attach(closed.id, SIZE)).rejects.toMatchObject({ code: 'KNET_NO_SUCH_TERMINAL' })
})

test('a list asks a keeper, but starts none', async () => {
  const socket = socketForTest()
  expect(await clientOf(program, socket).list()).toEqual([])
  expect(existsSync(socket)).toBe(false)
})

test('a socket that a killed keeper left is replaced', async () => {
  const socket = socketForTest()
  const { view } = await opened(clientOf(program, socket))
  process.kill(keeperPid(socket), 'SIGKILL')
  await until(() => view.lost, { what: 'the view to be lost', deadlineMs: 5000 })
  expect(existsSync(socket)).toBe(true)
  expect(textOf(view)).toBe('$')
  const terminals = clientOf(program, socket)
  expect(await terminals.list()).toEqual([])
  await opened(terminals)
})

test('programs end with a keeper that is killed', async () => {
  const socket = socketForTest()
  const { write, view } = await opened(clientOf(program, socket))
  write('echo pid=$$\r')
  const pid = Number(/^pid=(\d+)/m.exec(await sees(view, /^pid=\d+/m))?.[1])
  process.kill(keeperPid(socket), 'SIGKILL')
  await gone(pid)
})

test('of two keepers that start at once one ends, and the other serves', async () => {
  const socket = socketForTest()
  const keepers = [1, 2, 3].map(() => hostSpawn(keeperArgv(program, socket)))
  onTestFinished(() => keepers.forEach((keeper) => keeper.kill('SIGKILL')))
  // Or the client would start a fourth one, which may be the one to serve.
  await until(() => answers(socket), { what: 'a keeper to listen', deadlineMs: 10_000 })
  const { view } = await opened(clientOf(program, socket))
  const running = () => keepers.filter(({ pid }) => isAlive(pid))
  await until(() => running().length === 1, { what: 'one keeper to be left', deadlineMs: 10_000 })
  view.write('echo served | rev\r')
  await sees(view, /devres/)
})

test('the socket and its terminals are for one user only', async () => {
  const socket = socketForTest()
  await opened(clientOf(program, socket))
  expect(statSync(socket).mode & 0o777).toBe(0o600)
})

test('the programs on terminals have the umask that the keeper was started with', async () => {
  const { view, write } = await opened(clientOf(program, socketForTest()))
  write('umask\r')
  await sees(view, new RegExp(`^${process.umask().toString(8).padStart(4, '0')}$`, 'm'))
})

test('two who ask at once share one keeper and one connection', async () => {
  const terminals = clientOf(program, socketForTest())
  const views = await Promise.all([1, 2, 3].map(() => terminals.open('node0', BASH, SIZE)))
  expect(new Set(views.map(({ id }) => id)).size).toBe(3)
  expect(await terminals.list()).toHaveLength(3)
})

test('all that a program says before it ends is shown', async () => {
  const seq = command('seq', '1', '5000')
  const view = await clientOf(program, socketForTest()).open('node0', seq, SIZE)
  await until(() => view.exitCode === 0, { what: 'its end', deadlineMs: 10_000 })
  expect(textOf(view)).toMatch(/4999\n5000$/)
})

test('a program that cannot be started ends with a word about it', async () => {
  const view = await clientOf(program, socketForTest()).open('node0', command('no-such-program'), SIZE)
  await until(() => view.exitCode !== undefined, { what: 'its end', deadlineMs: 5000 })
  expect(view.exitCode).not.toBe(0)
  expect(textOf(view)).toMatch(/No such file or directory/)
})

test('a keeper of another version is refused in words', async () => {
  const socket = socketForTest()
  const other = createServer((client) => client.write('{"type":"hello","protocol":0}\n'))
  onTestFinished(() => void other.close())
  await new Promise<void>((resolve) => other.listen(socket, resolve))
  await expect(openTerminals({ socketPath: socket, startKeeper: () => {} }).list()).rejects.toMatchObject({
    code: 'KNET_TERMINALS',
    message: 'The terminals of this lab are kept by another version of knet-labs.',
  })
})

test('a client that talks nonsense is hung up on, and disturbs nobody', async () => {
  const socket = socketForTest()
  const { view, write } = await opened(clientOf(program, socket))
  const stranger = connect(socket)
  stranger.on('error', () => {}).resume()
  stranger.write('GET / HTTP/1.1\r\n\r\n')
  await once(stranger, 'close')
  write('echo alive | rev\r')
  await sees(view, /evila/)
})
