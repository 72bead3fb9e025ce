import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { pathsFrom } from '../../../src/base/paths.ts'
import { until } from '../../../src/base/until.ts'
import { createSandboxDriver } from '../../../src/drivers/sandbox/sandbox.ts'
import { bundle } from '../../helpers/bundle.ts'

const isRoot = process.getuid?.() === 0
/** Somebody without subordinate ids. */
const NOBODY = 65_534

let program = ''
beforeAll(async () => {
  program = await bundle(join(import.meta.dirname, 'starter.ts'))
  chmodSync(dirname(program), 0o755)
})
afterAll(() => rmSync(dirname(program), { recursive: true }))

interface Starter {
  readonly child: ChildProcess
  readonly state: string
  readonly lines: string[]
  readonly said: (start: string) => Promise<string>
  readonly exited: Promise<unknown>
}

function starter(action: string, uid?: number, existing?: string): Starter {
  const state = existing ?? mkdtempSync(join(tmpdir(), 'knet-life-'))
  if (uid !== undefined) chownSync(state, uid, uid)
  const child = spawn(process.execPath, [program, state, 'life', action], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  const lines: string[] = []
  const spoken = createInterface({ input: child.stdout })
  spoken.on('line', (line) => lines.push(line))
  const exited = new Promise((resolve) => child.once('exit', resolve))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
    await driverOf(state).down('life')
    rmSync(state, { recursive: true, force: true })
  })
  return {
    child,
    state,
    lines,
    exited,
    async said(start) {
      const matching = (line: string) => line.startsWith(start)
      const deadline = AbortSignal.timeout(10_000)
      // At once when the line comes: what follows may be about that very moment.
      while (!lines.some(matching)) await once(spoken, 'line', { signal: deadline })
      return lines.find(matching) ?? ''
    },
  }
}

function driverOf(state: string) {
  return createSandboxDriver({
    paths: pathsFrom({ XDG_STATE_HOME: state }),
    programs: [program],
    node: process.execPath,
    env: {},
  })
}

function holderPid(state: string): number {
  const file = join(pathsFrom({ XDG_STATE_HOME: state }).run('life'), 'holder.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid
}

/** Processes whose working directory or command says that they belong to the lab under this state folder. */
function descendants(state: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(state)
    } catch {
      return false
    }
  })
}

async function expectGone(pid: number, state: string): Promise<void> {
  await until(() => !existsSync(`/proc/${pid}`), { what: `holder ${pid} to be gone`, deadlineMs: 5000 })
  await until(() => descendants(state).length === 0, { what: 'its helpers to be gone', deadlineMs: 5000 })
}

const USERS: { who: string; uid?: number }[] = [
  { who: 'as this user' },
  ...(isRoot ? [{ who: 'as a user without privileges', uid: NOBODY }] : []),
]

describe.each(USERS)('$who', ({ uid }) => {
  test('machines reach each other', async () => {
    const { said } = starter('ping', uid)
    expect(await said('ping')).toBe('ping 0')
  })

  test('a companion serves the host on the socket it inherited, and dies with the machines', async () => {
    const { said, exited, state, lines } = starter('keep', uid)
    const port = (await said('up')).split(' ')[1]
    await exited
    const log = join(state, 'life.log')
    await until(() => readFileSync(log, 'utf8').includes('listening'), {
      what: 'the companion',
      deadlineMs: 10_000,
    })
    const answer = (await (await fetch(`http://127.0.0.1:${port}`)).json()) as {
      pids: number[]
      names: string[]
    }
    expect(answer.names).toEqual(['node0', 'node1'])
    expect(lines).toContain('namespaces')

    const driver = driverOf(state)
    const running = await driver.find('life')
    const [node0, node1] = running!.machines
    const direct = await node1!.exec(['curl', '-sf', 'http://node0:6443'])
    expect(direct.exitCode, direct.stderr).toBe(0)
    const init = running!.beside({ pid: answer.pids[1]! })
    expect((await init.exec(['hostname'])).stdout).toBe('node1\n')
    const network = running!.beside({ pid: answer.pids[1]!, network: true })
    expect((await network.exec(['hostname'])).stdout).toBe('life\n')
    expect((await network.exec(['cat', '/sys/class/net/eth0/address'])).exitCode).toBe(1)
    expect((await network.exec(['ip', '-br', 'addr', 'show', 'eth0'])).stdout).toContain('172.19.0.3')

    await running!.rebuild('node0')
    await until(() => readFileSync(log, 'utf8').includes('again node0'), {
      what: 'node0 again',
      deadlineMs: 5000,
    })
    expect((await node0!.exec(['hostname'])).stdout).toBe('node0\n')
    expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(200)

    const pid = holderPid(state)
    expect(await driver.down('life')).toBe(true)
    await expectGone(pid, state)
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow('fetch failed')
  })

  test('when the companion ends, so do the machines', async () => {
    const { said, exited, state } = starter('keep', uid)
    const port = (await said('up')).split(' ')[1]
    await exited
    const log = join(state, 'life.log')
    await until(() => readFileSync(log, 'utf8').includes('listening'), {
      what: 'the companion',
      deadlineMs: 10_000,
    })
    const pid = holderPid(state)
    await fetch(`http://127.0.0.1:${port}/exit`).catch(() => {})
    await expectGone(pid, state)
    expect(await driverOf(state).find('life')).toBeUndefined()
    expect(await driverOf(state).list()).toEqual([])
  })

  test('until keep, the machines die with who started them, and can be started again', async () => {
    const { child, said, state } = starter('hold', uid)
    await said('up')
    const pid = holderPid(state)
    child.kill('SIGKILL')
    await expectGone(pid, state)
    expect(await driverOf(state).list()).toEqual([])
    const again = starter('hold', uid, state)
    await again.said('up')
  })

  test('Ctrl-C while they come up leaves nothing', async () => {
    const { child, said, state } = starter('hold', uid)
    await said('namespaces')
    child.kill('SIGINT')
    expect(await said('error')).toBe('error interrupted')
    await until(() => descendants(state).length === 0, { what: 'helpers to be gone', deadlineMs: 5000 })
    expect(existsSync(pathsFrom({ XDG_STATE_HOME: state }).run('life'))).toBe(false)
  })
})

test('SIGKILL of the starter at any moment leaves no process and no mount', async () => {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
  for (const ms of [60, 80, 100, 120, 150, 200]) {
    const { child, state, exited } = starter('hold')
    await delay(ms)
    child.kill('SIGKILL')
    await exited
    await until(() => descendants(state).length === 0, { what: 'helpers to be gone', deadlineMs: 5000 })
    await until(async () => (await driverOf(state).list()).length === 0, { what: 'no lab', deadlineMs: 5000 })
  }
  expect(readFileSync('/proc/self/mounts', 'utf8')).toBe(mounts)
})
