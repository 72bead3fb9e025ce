import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { eventually, finished, Stranger } from '../helpers/cli.ts'
import { expectNothingLeft, hostState } from '../helpers/host-state.ts'

/** A private view of the host: a shell script is run in it as root of a user namespace before the CLI is. */
function inPrivate(script: string): string[] {
  return ['unshare', '--user', '--map-root-user', '--mount', '--', 'sh', '-c', `${script} && exec "$@"`, 'sh']
}

function stranger(env: NodeJS.ProcessEnv = {}, through: readonly string[] = []): Stranger {
  // Nor is there a Docker daemon to serve instead.
  const one = new Stranger({ DOCKER_HOST: 'unix:///nowhere', ...env }, through)
  onTestFinished(() => one.leave())
  return one
}

test('missing tools are named with what they are for and how to get them, before anything is started', async () => {
  const hide = '/usr/bin/tshark /usr/bin/dumpcap'
  const one = stranger({}, inPrivate(`for f in ${hide}; do mount --bind /dev/null $f || exit; done`))
  const before = hostState()
  const { code, stdout, stderr } = await one.run(['start', 'flannel'])
  expect(stderr).toMatch(/^error Missing on this machine: .*tshark \(reads captured packets for checks\)/m)
  expect(stderr).toMatch(/^fix {3}.*install.* (tshark|wireshark)/m)
  expect([code, stdout]).toEqual([69, ''])
  const doctor = await one.run(['doctor'])
  expect(doctor.stdout).toMatch(/✗ tshark .*not installed; needed for: reads captured packets/)
  expect(doctor.code).toBe(69)
  await expectNothingLeft(before, one.home)
})

test('where user namespaces are forbidden, start says so and how to allow them', async () => {
  const before = hostState()
  // The limit of a user namespace is its own: nothing outside this one is touched.
  const one = stranger({}, inPrivate('echo 0 >/proc/sys/user/max_user_namespaces'))
  const { code, stderr } = await one.run(['start', 'flannel'])
  expect(stderr).toContain('the limit user.max_user_namespaces is 0')
  expect(stderr).toContain('fix   sudo sysctl -w user.max_user_namespaces=15000')
  expect(code).toBe(69)
  await expectNothingLeft(before, one.home)
})

test('Ctrl-C while a lab comes up ends with 130 and leaves nothing', async () => {
  const one = stranger()
  const before = hostState()
  for (const ms of [150, 400, 700]) {
    const child = one.spawn(['start', 'flannel', '--json'])
    const ended = finished(child)
    await delay(ms)
    child.kill('SIGINT')
    const { code, stdout } = await ended
    // Before it is there to hear of it, Node ends without a word.
    if (stdout) expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'KNET_INTERRUPTED' } })
    expect(code).toBe(130)
    await expectNothingLeft(before, one.home)
    expect(existsSync(join(one.lab('flannel'), 'run'))).toBe(false)
  }
})

test('start, check, reset and stop killed at any moment leave a lab that is whole or gone, and progress as it was', async () => {
  const one = stranger()
  const before = hostState()
  await one.run(['start', 'flannel'])
  await one.run(['solve'])
  const progress = () => readFileSync(join(one.lab('flannel'), 'progress.json'), 'utf8')
  const known = progress()
  for (const [words, ms] of [
    [['check'], 250],
    [['reset'], 300],
    [['stop'], 200],
    [['start', 'flannel'], 300],
    [['start', 'flannel'], 600],
    [['start', 'flannel'], 900],
    [['stop'], 230],
  ] as const) {
    const child = one.spawn(words)
    const ended = finished(child)
    await delay(ms)
    child.kill('SIGKILL')
    await ended
    expect(JSON.parse(progress())).toMatchObject({ current: 'nodes', steps: { nodes: { solved: true } } })
  }
  // What the killed ones began ends by itself.
  const again = await eventually(
    'the lab to start again',
    () => one.run(['start', 'flannel']),
    ({ code }) => code === 0,
  )
  expect(again.stdout).toContain('1/12 ')
  expect(await one.run(['solve'])).toMatchObject({ code: 0 })
  expect(JSON.parse(known)).toMatchObject({ steps: { nodes: { solved: true } } })
  expect(await one.run(['stop'])).toMatchObject({ code: 0 })
  await expectNothingLeft(before, one.home)
})

test('to stop all labs removes and names also one whose holder was killed', async () => {
  const one = stranger()
  const before = hostState()
  await one.run(['start', 'containers'])
  process.kill(one.holder('containers'), 'SIGKILL')
  expect((await one.run(['stop', '--all'])).stdout).toContain('Stopped containers.')
  await expectNothingLeft(before, one.home)
  expect(existsSync(join(one.lab('containers'), 'run'))).toBe(false)
  expect((await one.run(['stop', '--all'])).stdout).toBe('No lab is running.\n')
})

test('a corrupt progress file is set aside, said, and the lab starts afresh', async () => {
  const one = stranger()
  mkdirSync(one.lab('containers'), { recursive: true })
  writeFileSync(join(one.lab('containers'), 'progress.json'), '{"version":1,"cur')
  const { code, stderr, stdout } = await one.run(['start', 'containers'])
  expect(stderr).toMatch(
    /note The progress file could not be read; it is kept as \S+, and the lab starts afresh\./,
  )
  expect([code, stdout]).toEqual([0, expect.stringContaining('1/10 ')])
  const aside = readdirSync(one.lab('containers')).find((file) => file.includes('corrupt')) ?? ''
  expect(readFileSync(join(one.lab('containers'), aside), 'utf8')).toBe('{"version":1,"cur')
})

test('a corrupt or foreign holder file is no lab, and in nobody’s way', async () => {
  const one = stranger()
  for (const content of ['{"pid":', JSON.stringify({ pid: process.pid, startTime: '1', bootId: 'x' })]) {
    mkdirSync(join(one.lab('containers'), 'run'), { recursive: true })
    writeFileSync(join(one.lab('containers'), 'run/holder.json'), content)
    expect(await one.json(['list'])).toMatchObject({
      labs: expect.arrayContaining([
        expect.objectContaining({ id: 'containers', running: false }),
      ]) as unknown,
    })
    expect(await one.run(['start', 'containers'])).toMatchObject({ code: 0 })
    expect(await one.run(['stop'])).toMatchObject({ code: 0 })
  }
})

test('a full disk is named, not a bug', async () => {
  const mount = (size: string) =>
    inPrivate(`mkdir -p $HOME/.local/state && mount -t tmpfs -o size=${size} tmpfs $HOME/.local/state`)
  const full = stranger({}, mount('4k'))
  const { code, stderr } = await full.run(['start', 'containers'])
  expect(stderr).toMatch(/error .*(disk is full)/)
  expect(stderr).toContain('XDG_STATE_HOME')
  expect(code).toBe(69)
})

test('a read-only home is named, and another folder for the state is all it takes', async () => {
  const lock = inPrivate('mount --bind $HOME $HOME && mount -o remount,bind,ro $HOME')
  const one = stranger({}, lock)
  const { code, stderr } = await one.run(['start', 'containers'])
  expect(stderr).toMatch(/error Can't write \S+: the file system is read-only\./)
  expect(code).toBe(69)
  expect(await one.run(['list'])).toMatchObject({ code: 0 })
  expect(statSync(one.home).isDirectory()).toBe(true)
})

// Needs a mount of its own without a user namespace of its own: from one of those a lab is out of reach.
test.runIf(process.getuid?.() === 0)(
  'progress that can’t be saved is said once and stops no lesson',
  async () => {
    const one = stranger()
    expect(await one.run(['start', 'containers'])).toMatchObject({ code: 0 })
    const folder = one.lab('containers')
    const lock = `mount --bind ${folder} ${folder} && mount -o remount,bind,ro ${folder} && exec "$@"`
    const locked = stranger({ HOME: one.home }, ['unshare', '--mount', '--', 'sh', '-c', lock, 'sh'])
    const { code, stderr } = await locked.run(['solve'])
    const notes = stderr.split('\n').filter((line) => line.startsWith('note '))
    expect(notes).toEqual([expect.stringContaining("Progress can't be saved in")])
    expect(notes[0]).toContain('the file system is read-only')
    expect(code).toBe(0)
  },
)
