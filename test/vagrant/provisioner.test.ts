import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { stagePackage } from '../../src/elsewhere/package.ts'
import { findProgram } from '../../src/machine/packages.ts'
import { finished } from '../helpers/cli.ts'
import { debianMachine, type DebianMachine } from '../helpers/debian-machine.ts'
import { sharedDaemon, whyNoDocker } from '../helpers/docker-lab.ts'
import { nodeImageMissing } from '../helpers/node-image.ts'

/** The provisioner as Vagrant runs it, in a machine with systemd. Tests go on where the one before ended. */
const MINUTE = 60_000
const ROOT = resolve(import.meta.dirname, '../..')
const noApt = findProgram('apt-get', process.env['PATH'] ?? '') ? undefined : 'not installed: apt-get'
const why = whyNoDocker() ?? nodeImageMissing() ?? noApt
const folder = mkdtempSync(join(tmpdir(), 'knet-provisioner-'))

let machine: DebianMachine
let name = ''

beforeAll(async () => {
  if (why !== undefined) return
  machine = await debianMachine(folder)
  const { stdout } = await docker('run', '--detach', ...machine.options, machine.image)
  name = stdout.trim()
  stagePackage({ packageRoot: ROOT, labs: join(ROOT, 'labs') }, join(folder, 'package'))
  await docker('cp', join(folder, 'package'), `${name}:/vagrant`)
  // "degraded", with exit code 1, of a container in which some unit can't do what it does in a machine.
  await inside('systemctl is-system-running --wait')
}, 5 * MINUTE)
afterAll(async () => {
  if (name) await docker('rm', '--force', '--volumes', name)
  machine?.close()
  rmSync(folder, { recursive: true, force: true })
}, MINUTE)
beforeEach(({ skip }) => skip(why !== undefined, why))

function docker(...args: string[]) {
  const env = { ...process.env, DOCKER_HOST: `unix://${sharedDaemon().socket}` }
  return finished(spawn('docker', args, { env, stdio: ['ignore', 'pipe', 'pipe'] }))
}

const inside = (script: string) => docker('exec', name, 'sh', '-c', script)
const PROVISION = 'sh /vagrant/images/vm/provision.sh'

test('without root or without a package it does nothing and says why', async () => {
  expect(
    await inside(`setpriv --reuid 65534 --clear-groups sh -s </vagrant/images/vm/provision.sh`),
  ).toMatchObject({
    code: 1,
    stderr: 'knet-labs: this needs root: sudo sh\n',
  })
  expect(await inside(`KNET_PACKAGE=/nowhere ${PROVISION}`)).toMatchObject({
    code: 1,
    stderr: 'knet-labs: knet-labs is not in /nowhere\n',
  })
})

test(
  'what was cut off is taken further by the next run, which makes it a place for labs',
  async () => {
    const cutOff = await inside(`timeout --signal=KILL 5 ${PROVISION}`)
    expect(cutOff.code).not.toBe(0)
    const { code, stdout, stderr } = await inside(PROVISION)
    expect([code, stdout.trim().split('\n').at(-1)], stderr).toEqual([0, 'knet-labs: ready'])
    expect((await inside('docker info --format "{{.ServerVersion}}" && docker --version')).code).toBe(0)
    expect((await inside('systemctl is-enabled docker')).stdout).toBe('enabled\n')
    const doctor = await inside('knet-labs doctor --driver sandbox --json')
    expect(JSON.parse(doctor.stdout)).toMatchObject({ ready: true })
    expect((await inside('readlink /opt/knet-labs/labs')).stdout).toBe('/vagrant/labs\n')
    expect((await inside('cmp /vagrant/package.stamp /opt/knet-labs/package.stamp')).code).toBe(0)
  },
  6 * MINUTE,
)

test(
  'run again it leaves all as it is, and asks no network for anything',
  async () => {
    const seen = async () =>
      (await inside('find /opt/knet-labs /usr/local/bin /etc -printf "%p %s\\n" | sort')).stdout
    const before = await seen()
    const { code, stdout } = await inside(`systemctl stop outside && ${PROVISION}`)
    expect([code, stdout.includes('installing')]).toEqual([0, false])
    expect(await seen()).toBe(before)
    await inside('systemctl start outside')
  },
  2 * MINUTE,
)

test('Node that was brought along is taken only as nodejs.org published it', async () => {
  const fake =
    'mkdir -p /f && echo no >/f/node-v22.21.1-linux-x64.tar.xz && cp /f/*x64* /f/node-v22.21.1-linux-arm64.tar.xz'
  const withoutNode = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin KNET_FILES=/f'
  const { code, stderr } = await inside(`${fake} && ${withoutNode} ${PROVISION}`)
  expect([code, stderr]).toEqual([1, expect.stringContaining('is not what nodejs.org published')])
})

test('labs run in it', async () => {
  expect((await inside('knet-labs start flannel --driver sandbox --detach')).code).toBe(0)
  expect((await inside('knet-labs exec node1 -- hostname')).stdout).toBe('node1\n')
  expect((await inside('knet-labs stop')).code).toBe(0)
})
