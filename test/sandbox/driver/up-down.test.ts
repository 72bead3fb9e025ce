import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../../../src/base/until.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import { testLab } from './lab.ts'
import { topologyNamed } from './topology.ts'

const text = (argv: string[]) => execFileSync(argv[0]!, argv.slice(1), { encoding: 'utf8' })

/** What a sandbox could leave on the host, processes aside. */
function hostState(): unknown {
  return {
    links: text(['ip', '-br', 'link']),
    rules: process.getuid?.() === 0 ? text(['iptables-save']).replaceAll(/^#.*$/gm, '') : '',
    mounts: readFileSync('/proc/self/mounts', 'utf8'),
  }
}

/** Pids of the processes in a process' user namespace. */
function family(pid: number | string): string[] {
  const namespaceOf = (pid: number | string) => {
    try {
      return readlinkSync(`/proc/${pid}/ns/user`)
    } catch {
      return undefined
    }
  }
  const wanted = namespaceOf(pid)
  return readdirSync('/proc').filter((other) => /^\d+$/.test(other) && namespaceOf(other) === wanted)
}

async function say(machine: Machine | undefined, ...argv: string[]): Promise<string> {
  const result = await machine!.exec(argv)
  expect(result.stderr).toBe('')
  expect(result.exitCode).toBe(0)
  return result.stdout.trim()
}

test('machines come up with a name, an address, a route and each other, and go without a trace', async () => {
  const before = hostState()
  const { driver, topology, paths } = testLab('trace')
  const phases: string[] = []
  const running = await driver.up(topology, { onPhase: (phase) => phases.push(phase.machine ?? phase.name) })
  const [node0, node1] = running.machines
  expect(phases[0]).toBe('namespaces')
  expect(phases.slice(1).sort()).toEqual(['node0', 'node1'])

  expect(await say(node0, 'hostname')).toBe('node0')
  expect(await say(node1, 'cat', '/etc/hostname')).toBe('node1')
  expect(await say(node0, 'ip', '-br', 'addr', 'show', 'eth0')).toMatch(/^eth0@if\d+ +UP +172\.19\.0\.2\/24 /)
  expect(await say(node1, 'cat', '/sys/class/net/eth0/address')).toBe('02:42:ac:13:00:03')
  expect(await say(node0, 'ip', 'route', 'show', 'default')).toBe('default via 172.19.0.1 dev eth0')
  expect(await say(node0, 'ping', '-c1', '-W2', '-q', 'node1')).toContain(' 0% packet loss')
  expect(await say(node0, 'ping', '-c1', '-W2', '-q', '172.19.0.1')).toContain(' 0% packet loss')
  expect(await say(node0, 'cat', '/proc/sys/net/ipv4/ip_forward')).toBe('1')
  expect(await say(node0, 'sh', '-c', 'echo $HOME $PATH')).toMatch(/^\/root .*\/usr\/sbin/)

  const holder = JSON.parse(readFileSync(join(paths.run('trace'), 'holder.json'), 'utf8')) as { pid: number }
  const members = family(holder.pid)
  expect(members.length).toBeGreaterThanOrEqual(4)
  expect(await driver.down('trace')).toBe(true)
  expect(members.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([])
  expect(existsSync(paths.run('trace'))).toBe(false)
  expect(await driver.down('trace')).toBe(false)
  // The kernel takes network namespaces apart in its own time.
  await until(() => JSON.stringify(hostState()) === JSON.stringify(before), {
    what: 'the host to be as it was',
    deadlineMs: 5000,
  })
})

test("a machine's root is its own: it can write to /etc and see no home, and nobody else sees what it wrote", async () => {
  const { driver, topology, folder } = testLab()
  const running = await driver.up(topology, {})
  const [node0, node1] = running.machines
  writeFileSync(join(folder, 'secret'), 'secret')
  await say(
    node0,
    'sh',
    '-c',
    'echo hello >/etc/cni/net.d/x; echo >>/etc/hosts; ip netns add blue; mkdir /var/lib/y',
  )
  expect(await say(node1, 'ls', '/etc/cni/net.d')).toBe('')
  expect(await say(node1, 'ip', 'netns')).toBe('')
  expect(existsSync('/etc/cni/net.d/x')).toBe(false)
  for (const machine of [node0!, running.beside()]) {
    expect((await machine.exec(['cat', join(folder, 'secret')])).exitCode).toBe(1)
    expect((await machine.exec(['ls', '-A', '/home'])).stdout).toBe('')
  }
  expect((await node0!.exec(['touch', '/usr/bin/x'])).stderr).toContain('Read-only file system')
})

test('root inside is not root outside: settings of the whole kernel stay out of its reach', async () => {
  const { driver, topology } = testLab()
  const { machines } = await driver.up(topology, {})
  const [node0] = machines
  const before = readFileSync('/proc/sys/vm/swappiness', 'utf8')
  const tried = await node0!.exec(['sh', '-c', 'echo 1 >/proc/sys/vm/swappiness'])
  expect(tried.exitCode).not.toBe(0)
  expect(readFileSync('/proc/sys/vm/swappiness', 'utf8')).toBe(before)
  const remounted = await node0!.exec([
    'sh',
    '-c',
    'mount -o remount,bind,rw /usr && touch /usr/knet-was-here',
  ])
  expect(remounted.exitCode).not.toBe(0)
  expect(existsSync('/usr/knet-was-here')).toBe(false)
})

test('the tools that labs use work in a machine', async () => {
  const { driver, topology } = testLab()
  const { machines } = await driver.up(topology, {})
  const [node0] = machines
  await say(node0, 'iptables', '-t', 'nat', '-A', 'POSTROUTING', '-j', 'MASQUERADE', '--random-fully')
  expect(await say(node0, 'iptables-save', '-t', 'nat')).toContain('--random-fully')
  await say(node0, 'ip', 'link', 'add', 'v', 'type', 'vxlan', 'id', '1', 'dev', 'eth0', 'dstport', '8472')
  await say(node0, 'sh', '-c', 'chown 1 /tmp && chown 0 /tmp || [ $(wc -l </proc/self/uid_map) = 1 ]')
  const capture = node0!.exec([
    'sh',
    '-c',
    'timeout 5 tcpdump -c1 -n -i eth0 icmp & sleep 1; ping -c1 node1; wait',
  ])
  expect((await capture).stdout).toContain('172.19.0.2 > 172.19.0.3: ICMP echo request')
})

test('two labs of the same addresses run at once', async () => {
  const { driver } = testLab()
  const labs = await Promise.all(['one', 'two'].map((name) => driver.up(topologyNamed(name), {})))
  expect(await driver.list()).toEqual(['one', 'two'])
  await say(labs[0]!.machines[0], 'touch', '/tmp/mark')
  expect(await say(labs[1]!.machines[0], 'ls', '/tmp')).toBe('')
  await driver.down('one')
  expect(await driver.list()).toEqual(['two'])
  await expect(labs[0]!.machines[0]!.exec(['true'])).rejects.toThrow('has ended')
  await say((await driver.find('two'))!.machines[1], 'true')
})

test('of two that bring the same lab up, one does and the other is told', async () => {
  const { driver, topology } = testLab()
  const both = await Promise.allSettled([driver.up(topology, {}), driver.up(topology, {})])
  expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(both.find((one) => one.status === 'rejected')).toMatchObject({
    reason: { code: 'KNET_LAB_STARTING' },
  })
  await expect(driver.up(topology, {})).rejects.toMatchObject({ code: 'KNET_LAB_RUNNING' })
})

test('names that are not plain words are refused before anything runs', async () => {
  const { driver } = testLab()
  const machines = [{ name: '$(reboot)', address: '172.19.0.2' }]
  await expect(driver.up({ ...topologyNamed('lab'), machines }, {})).rejects.toMatchObject({
    code: 'KNET_BAD_NAME',
  })
})

test('whoever waits for the end of a lab learns of it, and may stop waiting', async () => {
  const { driver, topology } = testLab('ended')
  const running = await driver.up(topology, {})
  await running.keep()
  const leaving = new AbortController()
  const left = running.ended(leaving.signal)
  const ended = running.ended(new AbortController().signal)
  leaving.abort()
  await left
  expect(await driver.list()).toEqual(['ended'])
  await driver.down('ended')
  await ended
  await running.ended(new AbortController().signal)
})
