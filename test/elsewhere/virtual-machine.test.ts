import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openPty } from '../../src/machine/pty.ts'
import { CLI, eventually, finished, Stranger } from '../helpers/cli.ts'
import { sharedDaemon } from '../helpers/docker-lab.ts'
import { type Box, vagrantMissing, vmBox } from '../helpers/vm-box.ts'

/**
 * All of it is real but the virtual machine, which is a container with systemd: Vagrant, its ssh, the Vagrantfile and the
 * provisioner. Tests go on where the one before ended, as making the machine takes a minute or two.
 */
const MINUTE = 60_000
const why = vagrantMissing()
const folder = mkdtempSync(join(tmpdir(), 'knet-vagrant-'))
const START = ['start', 'flannel', '--driver', 'vagrant', '--inside', 'sandbox']

let box: Box
let stranger: Stranger

beforeAll(async () => {
  if (why !== undefined) return
  box = await vmBox(folder)
  stranger = new Stranger(box.env, box.through)
}, 10 * MINUTE)
afterAll(async () => {
  await stranger?.run(['stop', '--all', '--destroy'], { timeoutMs: 2 * MINUTE })
  await stranger?.leave()
  box?.close()
  rmSync(folder, { recursive: true, force: true })
}, 3 * MINUTE)
beforeEach(({ skip }) => skip(why !== undefined, why))

const machines = async (): Promise<string[]> => {
  const listed = await sharedDaemon().docker.listContainers({
    all: true,
    filters: { ancestor: ['knet-vm:test'] },
  })
  return listed.map(({ State }) => State)
}

/** Vagrant by hand, in the folder that knet-labs has given it. */
function vagrant(...args: string[]) {
  const cwd = join(stranger.home, '.local/state/knet-labs/vagrant')
  const [through = '', ...rest] = [...box.through, 'vagrant', ...args]
  return finished(spawn(through, rest, { cwd, env: stranger.env, stdio: ['ignore', 'pipe', 'pipe'] }))
}

function saying(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve) => {
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes(word)) resolve()
    })
  })
}

test('doctor says which provider Vagrant would take, and that there is no machine yet', async () => {
  const said = await stranger.json<object>(['doctor', '--driver', 'vagrant'])
  expect(said).toMatchObject({
    ready: true,
    findings: [
      { name: 'vagrant', ok: true },
      { name: 'ssh', ok: true },
      { name: 'provider', ok: true, seen: expect.stringContaining('docker, by Vagrant') as string },
      { name: 'virtual machine', seen: 'not created' },
    ],
  })
})

test('Ctrl-C while the machine is made leaves no machine', async () => {
  const child = stranger.spawn(START, { timeoutMs: 2 * MINUTE })
  const ended = finished(child)
  await Promise.race([saying(child, 'Waiting for machine to boot'), ended])
  child.kill('SIGINT')
  expect(await ended).toMatchObject({ code: 130 })
  expect(await machines()).toEqual([])
  expect(existsSync(join(stranger.lab('flannel'), 'run'))).toBe(false)
})

test(
  'a start that is killed while the machine is made is taken further by the next, which provisions it and goes on inside',
  async () => {
    const child = stranger.spawn(START, { timeoutMs: 2 * MINUTE })
    const ended = finished(child)
    await Promise.race([saying(child, 'Waiting for machine to boot'), ended])
    child.kill('SIGKILL')
    expect((await ended).code).toBe(137)
    // Vagrant, which was not killed, has the machine until it is done.
    const started = await eventually(
      'the machine to be free',
      () => stranger.run([...START, '--json'], { timeoutMs: 4 * MINUTE }),
      ({ stdout }) => !stdout.includes('Another knet-labs or vagrant is at work'),
      5 * MINUTE,
    )
    expect(JSON.parse(started.stdout || '{}'), started.stderr).toMatchObject({
      lab: 'flannel',
      attached: false,
    })
    expect(await machines()).toEqual(['running'])
  },
  6 * MINUTE,
)

test('the provisioner has made it a place for labs, and leaves it alone when it is run again', async () => {
  const inside = (command: string) => vagrant('ssh', '--no-tty', '--command', command)
  const seen = async () =>
    (await inside('sudo find /opt/knet-labs /usr/local/bin -printf "%p %s\\n" | sort')).stdout
  expect((await inside('knet-labs --version && docker --version && sudo docker info')).code).toBe(0)
  const before = await seen()
  const { code, stdout, stderr } = await vagrant('provision')
  expect([code, stdout.includes('installing')], stderr).toEqual([0, false])
  expect(await seen()).toBe(before)
  expect((await inside('readlink /opt/knet-labs/labs')).stdout.trim()).toBe('/vagrant/labs')
})

test('every other command goes on inside by itself: input, output and exit code are its own', async () => {
  expect(
    await stranger.run(['exec', 'node0', '--', 'sh', '-c', 'cat; exit 9'], { input: '\0é\n' }),
  ).toMatchObject({ code: 9, stdout: '\0é\n' })
  expect((await stranger.run(['exec', 'node0', '--', 'sh', '-c', 'exit 255'])).code).toBe(255)
  expect((await stranger.run(['check'])).code).toBe(1)
  expect((await stranger.run(['kubectl', 'get', 'nodes'])).stdout).toContain('node2')
  expect((await stranger.run(['status'])).stdout).toContain('flannel runs in the virtual machine.')
  expect((await stranger.run(['list'])).stdout).toContain('running (vagrant)')
  expect(JSON.parse((await stranger.run([...START.slice(0, 2), '--json'])).stdout)).toMatchObject({
    attached: true,
  })
  expect((await stranger.run(['start', 'flannel', '--driver', 'sandbox', '--json'])).stdout).toContain(
    'KNET_LAB_RUNNING',
  )
})

test('a shell is a terminal: it has a size, follows the window, and Ctrl-C goes to what runs in it', async () => {
  const env = Object.fromEntries(
    Object.entries({ ...stranger.env, TERM: 'xterm-256color' }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>
  const argv = [...box.through, process.execPath, CLI, 'shell', 'node0']
  const shell = await openPty({ argv, env }, { columns: 101, rows: 33 })
  let said = ''
  shell.onData((bytes) => (said += Buffer.from(bytes).toString()))
  const exited = new Promise<number>((resolve) => shell.onExit(resolve))
  const sees = (what: string) =>
    eventually(
      what,
      async () => said,
      (text) => text.includes(what),
    )
  await sees('# ')
  shell.write(Buffer.from('stty size\r'))
  await sees('33 101')
  shell.resize({ columns: 88, rows: 22 })
  await eventually(
    'the new size',
    async () => {
      shell.write(Buffer.from('stty size\r'))
      return said
    },
    (text) => text.includes('22 88'),
  )
  shell.write(Buffer.from('echo begun; sleep 1000\r'))
  await sees('begun\r\n')
  shell.write(Buffer.from([3]))
  shell.write(Buffer.from('exit 5\r'))
  expect(await exited).toBe(5)
})

test('stop turns the machine off when no lab is left in it; progress comes along and is there in the next one', async () => {
  await stranger.run(['next'])
  expect(await stranger.json(['stop'])).toEqual({ stopped: ['flannel'] })
  expect(await machines()).toEqual(['exited'])
  const progress = readFileSync(join(stranger.lab('flannel'), 'progress.json'), 'utf8')
  expect(JSON.parse(progress)).toMatchObject({ current: 'pods' })
  const again = await stranger.run([...START, '--json'], { timeoutMs: 2 * MINUTE })
  expect(JSON.parse(again.stdout || '{}'), again.stderr).toMatchObject({ attached: false, step: 'pods' })
})

test('a machine that was turned off by somebody else is told of, and started by resume', async () => {
  await vagrant('halt')
  const { code, stderr } = await stranger.run(['exec', 'node0', '--', 'true'])
  expect([code, stderr]).toEqual([2, expect.stringContaining('knet-labs resume flannel')])
  const { labs } = await stranger.json<{ labs: { running: boolean }[] }>(['list'])
  expect(labs.filter(({ running }) => running)).toEqual([])
  expect((await stranger.run(['resume', 'flannel', '--detach'], { timeoutMs: 2 * MINUTE })).code).toBe(0)
})

test(
  'labs are on Docker in it when nobody says on what: machines with systemd, made of what was brought along',
  async () => {
    const started = await stranger.run(['start', 'containers', '--driver', 'vagrant', '--json'], {
      timeoutMs: 2 * MINUTE,
    })
    expect(JSON.parse(started.stdout || '{}'), started.stderr).toMatchObject({ lab: 'containers' })
    const onNode = ['exec', '--lab', 'containers', 'node0', '--', 'cat', '/proc/1/comm']
    expect((await stranger.run(onNode)).stdout).toBe('systemd\n')
    expect((await stranger.run(['solve', '--lab', 'containers'])).code).toBe(0)
    expect((await stranger.run(['check', '--lab', 'containers'])).code).toBe(0)
    expect(await stranger.json(['stop', 'containers'])).toEqual({ stopped: ['containers'] })
    expect(await machines()).toEqual(['running'])
  },
  4 * MINUTE,
)

test('stop --all --destroy removes the machine', async () => {
  expect(
    (await stranger.run(['stop', '--all', '--destroy', '--json'], { timeoutMs: 2 * MINUTE })).stdout,
  ).toBe('{"stopped":["flannel"],"destroyed":["vagrant"]}\n')
  expect(await machines()).toEqual([])
  expect((await stranger.run(['stop', '--destroy', '--json'])).stdout).toBe('{"stopped":[],"destroyed":[]}\n')
})
