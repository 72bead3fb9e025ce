import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openPty } from '../../src/machine/pty.ts'
import { CLI, eventually, finished, Stranger } from '../helpers/cli.ts'
import { sharedDaemon, whyNoDocker } from '../helpers/docker-lab.ts'

beforeEach(({ skip }) => skip(whyNoDocker() !== undefined, whyNoDocker()))

/** A host without what the sandbox decodes packets with. */
const WITHOUT_TSHARK = [
  'unshare',
  '--mount',
  '--',
  'sh',
  '-c',
  'mount --bind /dev/null "$(command -v tshark)" && exec "$@"',
  'sh',
]

function strangerWithDocker(env: NodeJS.ProcessEnv = {}, through: readonly string[] = []): Stranger {
  const docker = { DOCKER_HOST: `unix://${sharedDaemon().socket}`, KNET_NODE_IMAGE: 'tiny:1' }
  const stranger = new Stranger({ ...docker, ...env }, through)
  onTestFinished(() => stranger.leave())
  return stranger
}

const START = ['start', 'containers', '--driver', 'docker']

/** Names of what the daemon has of a lab; other tests' labs are others. */
async function thingsOf(lab: string): Promise<string[]> {
  const { docker } = sharedDaemon()
  const filters = { label: [`io.knet-labs.lab=${lab}`] }
  const [containers, networks, { Volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ])
  return [
    ...containers.flatMap(({ Names }) => Names),
    ...networks.map(({ Name }) => Name),
    ...(Volumes ?? []).map(({ Name }) => Name),
  ]
}

test('a lab on Docker is started once with --driver; every other command finds it', async () => {
  const stranger = strangerWithDocker()
  const started = await stranger.run([...START, '--json'])
  expect(JSON.parse(started.stdout), started.stderr).toMatchObject({ lab: 'containers', attached: false })
  // The environment may change: it is remembered where the lab is.
  const elsewhere = { env: { DOCKER_HOST: 'unix:///nowhere', KNET_NODE_IMAGE: '' } }
  expect((await stranger.run(['exec', 'node0', '--', 'hostname'], elsewhere)).stdout).toBe('node0\n')
  expect(
    await stranger.run(['exec', 'node0', '--', 'sh', '-c', 'cat; exit 9'], { input: 'typed' }),
  ).toMatchObject({
    code: 9,
    stdout: 'typed',
  })
  expect((await stranger.run(['check'])).code).toBe(1)
  expect(await stranger.json<object>(['status'])).toMatchObject({ lab: 'containers' })
  const { labs } = await stranger.json<{ labs: { id: string; running: boolean }[] }>(['list'])
  expect(labs.filter(({ running }) => running).map(({ id }) => id)).toEqual(['containers'])
  expect(JSON.parse((await stranger.run([...START, '--json'])).stdout)).toMatchObject({ attached: true })
  expect(await stranger.json(['reset', '--lab'])).toMatchObject({ reset: 'lab' })
  expect((await stranger.run(['start', 'containers', '--driver', 'sandbox', '--json'])).stdout).toContain(
    'KNET_LAB_RUNNING',
  )
  expect(await stranger.json(['stop'])).toEqual({ stopped: ['containers'] })
  expect(await thingsOf('containers')).toEqual([])
  expect(existsSync(join(stranger.lab('containers'), 'run'))).toBe(false)
})

test('a shell is a terminal: it has a size, follows the window, and Ctrl-C goes to what runs in it', async () => {
  const stranger = strangerWithDocker()
  await stranger.run([...START, '--detach'])
  const env = Object.fromEntries(
    Object.entries({ ...stranger.env, TERM: 'xterm-256color' }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>
  const shell = await openPty(
    { argv: [process.execPath, CLI, 'shell', 'node0'], env },
    { columns: 101, rows: 33 },
  )
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
  shell.write(Buffer.from('stty size; tty\r'))
  await sees('33 101')
  expect(await sees('/dev/pts/')).not.toContain('\r\r\n')
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

/** When a start is killed: as soon as it has said this, or as soon as the daemon has something. */
const PHASES: [string, (child: ChildProcess) => Promise<unknown>][] = [
  ['as soon as Docker answers', (child) => saying(child, 'Docker answers')],
  ['as its network is there', (child) => saying(child, 'network')],
  ['as its first container is made', () => eventually('a container', () => thingsOf('containers'), made)],
  ['when all is there', (child) => saying(child, 'machine')],
]

const made = (things: string[]) => things.some((name) => name.endsWith('-node0'))

function saying(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve) => {
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes(word)) resolve()
    })
  })
}

test.each(PHASES)('a start that is killed %s leaves nothing that stop does not remove', async (_, moment) => {
  const stranger = strangerWithDocker()
  const child = stranger.spawn(START)
  const ended = finished(child)
  await Promise.race([moment(child), ended])
  child.kill('SIGKILL')
  expect((await ended).code).toBe(137)
  expect((await stranger.run(['stop', 'containers'])).code).toBe(0)
  expect(await thingsOf('containers')).toEqual([])
  expect(existsSync(join(stranger.lab('containers'), 'run'))).toBe(false)
})

test('what a killed start left is no lab, and the next start makes one of its own', async () => {
  const stranger = strangerWithDocker()
  const child = stranger.spawn(START)
  const ended = finished(child)
  await saying(child, 'network')
  child.kill('SIGKILL')
  await ended
  expect((await stranger.run(['exec', 'node0', '--', 'true'])).code).toBe(2)
  expect((await stranger.run([...START, '--detach'])).code).toBe(0)
  expect((await stranger.run(['exec', 'node0', '--', 'hostname'])).stdout).toBe('node0\n')
  expect(readFileSync(join(stranger.lab('containers'), 'run/footloose.yaml'), 'utf8')).toContain(
    'name: node%d',
  )
})

test('Ctrl-C during a start leaves nothing', async () => {
  const stranger = strangerWithDocker()
  const child = stranger.spawn(START)
  const ended = finished(child)
  await saying(child, 'network')
  child.kill('SIGINT')
  expect((await ended).code).toBe(130)
  expect(await thingsOf('containers')).toEqual([])
})

test('doctor says what Docker lacks, and what mends it', async () => {
  const findings = async (stranger: Stranger) =>
    await stranger.json<{ ready: boolean; findings: { name: string; ok: boolean; fix?: string }[] }>([
      'doctor',
      '--driver',
      'docker',
    ])
  expect(await findings(strangerWithDocker({ KNET_NODE_IMAGE: 'nowhere/machine:1' }))).toMatchObject({
    ready: true,
    findings: [
      { name: 'docker', ok: true },
      { name: 'machine image', ok: false, fix: 'docker pull nowhere/machine:1' },
      { name: 'tshark' },
      { name: 'k3s' },
      { name: 'calico' },
    ],
  })
  const without = await findings(strangerWithDocker({ DOCKER_HOST: 'unix:///nowhere' }))
  expect(without).toMatchObject({
    ready: false,
    findings: [{ name: 'docker', ok: false }, { name: 'tshark' }, { name: 'k3s' }, { name: 'calico' }],
  })
})

test('a proof that is killed leaves its lab to the next one, or to stop --all', async () => {
  const stranger = strangerWithDocker()
  // Where it looks for temporary files is its own: other tests prove labs too.
  const env = { TMPDIR: stranger.home }
  const child = stranger.spawn(['test', 'containers', '--driver', 'docker'], { env })
  const ended = finished(child)
  await eventually('its machine', () => thingsOf('containers'), made)
  child.kill('SIGKILL')
  await ended
  const proofs = () => readdirSync(stranger.home).filter((name) => name.startsWith('knet-test-'))
  expect(proofs()).toHaveLength(1)
  expect((await stranger.run(['stop', '--all'], { env })).code).toBe(0)
  expect(await thingsOf('containers')).toEqual([])
  expect(proofs()).toEqual([])
})

test('where the sandbox can’t start and nobody says what to take, a daemon that answers serves, and why is said', async () => {
  const stranger = strangerWithDocker({}, WITHOUT_TSHARK)
  const plain = await stranger.run(['start', 'containers', '--detach'])
  expect(plain.code, plain.stderr).toBe(0)
  expect(plain.stderr).toContain("The sandbox can't start here: Missing on this machine:")
  expect((await stranger.run(['exec', 'node0', '--', 'hostname'])).stdout).toBe('node0\n')
  const asked = await strangerWithDocker({}, WITHOUT_TSHARK).run(['start', 'flannel', '--driver', 'sandbox'])
  expect(asked.code).toBe(69)
})

test('doctor without a driver says what each could do here, and which one labs start with', async () => {
  const seen = async (env: NodeJS.ProcessEnv) => {
    const { default: choice, drivers } = await strangerWithDocker(env, WITHOUT_TSHARK).json<{
      default: { name: string; why: string }
      drivers: { name: string; ready: boolean; lacks: { fix?: string }[] }[]
    }>(['doctor'])
    return { choice, ready: Object.fromEntries(drivers.map(({ name, ready }) => [name, ready])) }
  }
  expect(await seen({})).toMatchObject({
    choice: {
      name: 'docker',
      why: expect.stringMatching(/^the sandbox lacks .*, and a Docker daemon answers$/),
    },
    ready: { sandbox: false, docker: true },
  })
  expect(await seen({ DOCKER_HOST: 'unix:///nowhere' })).toMatchObject({
    choice: { name: 'sandbox' },
    ready: { sandbox: false, docker: false },
  })
})
