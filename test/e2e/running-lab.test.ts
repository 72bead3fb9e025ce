import { existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliResult, eventually, Stranger } from '../helpers/cli.ts'
import { expectNothingLeft, hostState } from '../helpers/host-state.ts'

const stranger = new Stranger()
const before = hostState()
let started: CliResult
beforeAll(async () => {
  started = await stranger.run(['start', 'flannel', '--json'])
})
afterAll(() => stranger.leave())

test('start tells a script where everything is', () => {
  expect(started).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(started.stdout)).toEqual({
    lab: 'flannel',
    attached: false,
    machines: [0, 1, 2].map((n) => ({ name: `node${n}`, address: `172.19.0.${n + 2}` })),
    kubeconfig: `${stranger.lab('flannel')}/kubeconfig`,
    step: 'nodes',
  })
})

test('a second start attaches, and says so', async () => {
  const { code, stdout, stderr } = await stranger.run(['start', 'flannel'])
  expect([code, stderr]).toEqual([0, 'flannel is running already: attached to it.\n'])
  expect(stdout).toContain('export KUBECONFIG=')
  expect(stdout).toContain('1/12 ')
  expect(await stranger.json(['start', 'flannel'])).toMatchObject({ attached: true })
})

test('exec passes exit code, standard input and both outputs through, whatever the bytes', async () => {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256))
  const echo = await stranger.run(['exec', 'node1', '--', 'base64', '-w0'], { input: bytes })
  expect(Buffer.from(echo.stdout, 'base64').equals(bytes)).toBe(true)
  const raw = await stranger.run([
    'exec',
    'node1',
    '--',
    'sh',
    '-c',
    String.raw`printf '\377\000\n'; echo no >&2; exit 7`,
  ])
  expect(raw).toMatchObject({ code: 7, stdout: '\uFFFD\0\n', stderr: 'no\n' })
})

test('a command that exec runs ends with exec, as by timeout(1)', async () => {
  const sleeps = () => stranger.run(['exec', 'node1', '--', 'pgrep', '-fx', 'sleep 4321'])
  const exec = stranger.spawn(['exec', 'node1', '--', 'sleep', '4321'])
  await eventually('it to run', sleeps, ({ code }) => code === 0)
  exec.kill('SIGTERM')
  await eventually('it to have ended', sleeps, ({ code }) => code === 1)
})

test('exec finds pods by a part of their name', async () => {
  const { code, stdout } = await stranger.run(['exec', 'kube-system/coredns', '--', 'cat', '/etc/hostname'])
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^coredns-/)])
})

test('an unknown machine is refused with the nearest name', async () => {
  const { code, stderr } = await stranger.run(['exec', 'nod1', '--', 'true'])
  expect(stderr).toContain('There is no machine or running pod "nod1" in the lab flannel.')
  expect(stderr).toContain('fix   Did you mean "node1"?')
  expect(code).toBe(64)
})

test('an unknown step is refused with the nearest id', async () => {
  const { code, stderr } = await stranger.run(['goto', 'routs'])
  expect(stderr).toContain('flannel has no step "routs"')
  expect(stderr).toContain('Did you mean routes?')
  expect(code).toBe(64)
})

test('a step goes from not yet to done: check, hint, solve, check, next', async () => {
  const first = await stranger.run(['check'])
  expect(first).toMatchObject({ code: 1, stdout: expect.stringContaining('✗ There is no /root/node1-pods') })
  const hint = await stranger.run(['hint'])
  expect(hint.stdout).toMatch(/^Hint 1 of 3: \S/)
  const solved = await stranger.run(['solve'])
  expect(solved).toMatchObject({ code: 0, stdout: expect.stringMatching(/^node0\$ echo 10\.42\./) })
  const again = await stranger.run(['check'])
  expect(again.code).toBe(0)
  expect(again.stdout).toMatch(/✓ Pods on node1 get their addresses from 10\.42\.\d\.0\/24/)
  expect(again.stdout).toContain('The controller manager cuts it into')
  expect(await stranger.json(['next'])).toMatchObject({ id: 'pods', number: 2 })
  const status = await stranger.json<{ steps: { done: boolean; holds: string }[] }>(['status'])
  expect(status.steps.slice(0, 2)).toMatchObject([
    { done: true, solved: true, hintsUsed: 1, holds: 'yes' },
    { done: false, holds: 'no', current: true },
  ])
})

test('kubectl finds the manifest that the step names, from the host and on a node', async () => {
  const host = await stranger.run(['kubectl', 'apply', '-f', 'hello-kubernetes.yaml'])
  expect(host).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('deployment.apps/hello-kubernetes created'),
  })
  expect(await stranger.on('node2', 'kubectl apply -f /root/hello-kubernetes.yaml')).toContain('unchanged')
})

test('two labs run at once; then it must be said which is meant', async () => {
  expect(await stranger.run(['start', 'containers'])).toMatchObject({ code: 0 })
  const which = await stranger.run(['status'])
  expect(which).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('Several labs are running: containers, flannel.'),
  })
  expect(await stranger.json(['status', '--lab', 'containers'])).toMatchObject({ lab: 'containers' })
  expect(await stranger.json(['--lab', 'flannel', 'step'])).toMatchObject({ id: 'pods' })
  expect(await stranger.run(['stop', 'containers'])).toMatchObject({ code: 0 })
  expect(await stranger.run(['step'])).toMatchObject({ code: 0 })
})

test('capture writes the packets it saw as pcap', async () => {
  const capture = stranger.run([
    'capture',
    'node0',
    'eth0',
    '-f',
    'icmp',
    '-c',
    '2',
    '-w',
    'two.pcap',
    '--json',
  ])
  const ping = stranger.run(['exec', 'node1', '--', 'ping', '-c', '20', '-i', '0.2', 'node0'])
  const { code, stdout } = await capture
  expect([code, JSON.parse(stdout)]).toEqual([0, { packets: 2, file: 'two.pcap' }])
  await ping
})

test('stop leaves nothing on the host, is no failure twice, and keeps progress for the next start', async () => {
  expect(await stranger.run(['stop'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Stopped flannel.'),
  })
  await expectNothingLeft(before, stranger.home)
  expect(existsSync(`${stranger.lab('flannel')}/run`)).toBe(false)
  expect(await stranger.run(['stop', 'flannel'])).toMatchObject({
    code: 0,
    stdout: 'flannel is not running.\n',
  })
  const resumed = await stranger.run(['resume', 'flannel'])
  expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining('2/12 ') })
})
