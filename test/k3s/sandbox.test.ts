import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Stranger } from '../helpers/cli.ts'
import { labGroups } from './lab-groups.ts'
import { whyNoSandbox } from './sandbox-here.ts'

/** A real cluster takes minutes where others work as well. */
const PATIENT = { timeoutMs: 600_000 }

let ann: Stranger

beforeEach(({ skip }) => skip(whyNoSandbox !== undefined, whyNoSandbox))

beforeAll(async () => {
  if (whyNoSandbox !== undefined) return
  ann = new Stranger()
  await started()
})

afterAll(() => ann?.leave())

async function started(): Promise<void> {
  const { code, stderr } = await ann.run(['start', 'flannel', '--cluster', 'k3s', '--detach'], PATIENT)
  expect(code, stderr).toBe(0)
}

const DNS = 'dig +short +tries=3 @10.43.0.10 kubernetes.default.svc.cluster.local'

async function allReady(): Promise<void> {
  const { stdout } = await ann.kubectl(['get', 'nodes', '--no-headers'])
  const lines = stdout.trim().split('\n')
  expect(lines.map((line) => line.split(/\s+/).slice(0, 2).join(' ')).toSorted()).toEqual([
    'node0 Ready',
    'node1 Ready',
    'node2 Ready',
  ])
  for (const node of ['node0', 'node1', 'node2']) expect(await ann.on(node, DNS), node).toBe('10.43.0.1')
}

test('real nodes are Ready on machines that are namespaces, and answer', async () => {
  await allReady()
  const { stdout } = await ann.kubectl([
    'get',
    'nodes',
    '-o',
    'jsonpath={.items[*].status.nodeInfo.kubeletVersion}',
  ])
  expect(stdout).toContain('+k3s')
  const pods = await ann.kubectl(['get', 'pods', '-A', '--no-headers'])
  expect(pods.stdout).toContain('Running')
})

test('a machine sees its own control groups, programs and files, and this host has none of them', async () => {
  const pods = 'ls -d /sys/fs/cgroup/kubepods /sys/fs/cgroup/memory/kubepods 2>/dev/null | wc -l'
  expect(await ann.on('node1', pods)).toBe('1')
  const ofK3s = 'grep -v ^0::/$ /proc/$(pidof k3s-agent)/cgroup | cut -d: -f3 | sort -u'
  expect(['/', '/init']).toContain(await ann.on('node1', ofK3s))
  await ann.on('node1', 'touch /usr/local/bin/mine /etc/rancher/mine')
  expect(await ann.on('node2', 'ls /usr/local/bin /etc/rancher')).not.toContain('mine')
  expect(existsSync('/usr/local/bin/mine') || existsSync('/etc/rancher/mine')).toBe(false)
})

test('what runs on this host’s kernel is not changed for a kubelet', async () => {
  expect(await ann.on('node1', 'cat /proc/sys/kernel/panic')).toBe('10')
  expect(await ann.on('node1', 'awk \'$2 ~ "^/proc/sys/" { print $2 }\' /proc/mounts')).toContain(
    '/proc/sys/kernel/panic',
  )
})

test('which Kubernetes it is is remembered while it runs', async () => {
  const again = await ann.run(['start', 'flannel', '--detach', '--json'])
  expect(JSON.parse(again.stdout)).toMatchObject({ attached: true })
  const otherVersion = ['start', 'flannel', '--cluster', 'k3s', '--k3s-version', 'v1.30.4', '--detach']
  const { stderr } = await ann.run(otherVersion, { env: { KNET_K3S_BIN: '' } })
  expect(stderr).toMatch(/runs k3s v\S+, as it was made\. For v1\.30\.4\+k3s1: knet-labs stop flannel && /)
  const other = await ann.run(['start', 'flannel', '--cluster', 'own', '--detach', '--json'])
  expect(other.code).toBe(1)
  expect(JSON.parse(other.stdout)).toMatchObject({ error: { code: 'KNET_LAB_RUNNING' } })
})

test('what was broken or killed on nodes is whole after a reset of the step', async () => {
  await ann.run(['exec', 'node2', '--', 'sh', '-c', 'kill -KILL -1'])
  await ann.run(['exec', 'node1', '--', 'k3s-killall.sh'])
  const { code, stderr } = await ann.run(['reset', '--step'], PATIENT)
  expect(code, stderr).toBe(0)
  await allReady()
})

test('a machine whose cable is gone is made anew and joins again', async () => {
  await ann.on('node2', 'ip link del eth0')
  const { code, stderr } = await ann.run(['reset', '--step'], PATIENT)
  expect(code, stderr).toBe(0)
  await allReady()
})

test('after a reset of the lab nothing is in the API that was not there when it became ready', async () => {
  await ann.kubectl(['create', 'namespace', 'mine'])
  const { code, stderr } = await ann.run(['reset', '--lab'], PATIENT)
  expect(code, stderr).toBe(0)
  expect((await ann.kubectl(['get', 'namespace', 'mine'])).stderr).toContain('NotFound')
  await allReady()
})

test('what a holder leaves that was killed is gone after the next command', async () => {
  expect(labGroups(ann, 'flannel').length).toBeGreaterThan(0)
  process.kill(ann.holder('flannel'), 'SIGKILL')
  expect((await ann.run(['status', '--lab', 'flannel'])).code).toBe(2)
  expect(labGroups(ann, 'flannel')).toEqual([])
  expect(existsSync(join(ann.lab('flannel'), 'run/storage'))).toBe(false)
})

test('after it was stopped nothing of it is left, and the same lab has its own Kubernetes again', async () => {
  await started()
  const holder = ann.holder('flannel')
  expect((await ann.run(['stop', 'flannel'])).code).toBe(0)
  expect(existsSync(`/proc/${holder}`)).toBe(false)
  expect(labGroups(ann, 'flannel')).toEqual([])
  expect(existsSync(join(ann.lab('flannel'), 'run'))).toBe(false)
  expect((await ann.run(['start', 'flannel', '--detach'])).code).toBe(0)
  const { stdout } = await ann.kubectl([
    'get',
    'nodes',
    '-o',
    'jsonpath={.items[*].status.nodeInfo.kubeletVersion}',
  ])
  expect(stdout).not.toContain('+k3s')
})
