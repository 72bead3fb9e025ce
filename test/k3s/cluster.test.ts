import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { RealCluster, whyNoK3s } from './real-cluster.ts'

let real: RealCluster

beforeEach(({ skip }) => skip(whyNoK3s() !== undefined, whyNoK3s()))

beforeAll(async () => {
  if (whyNoK3s() !== undefined) return
  real = new RealCluster()
  const { exitCode, stderr } = await real.knet('start', 'flannel', '--driver', 'docker', '--detach')
  expect(exitCode, stderr).toBe(0)
})

afterAll(async () => {
  if (whyNoK3s() === undefined) await real.leave()
})

const DNS = 'dig +short +tries=3 @10.43.0.10 kubernetes.default.svc.cluster.local'

const on = async (place: string, script: string) =>
  (await real.knet('exec', place, '--', 'sh', '-c', script)).stdout

const nodes = async () =>
  (await real.knet('kubectl', 'get', 'nodes', '--no-headers')).stdout
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/).slice(0, 2).join(' '))
    .toSorted()

const ALL_READY = ['node0 Ready', 'node1 Ready', 'node2 Ready']

test('a cluster that is ready has nodes that are, without a taint, and answers on each of them', async () => {
  expect(await nodes()).toEqual(ALL_READY)
  const taints = await real.knet('kubectl', 'get', 'nodes', '-o', 'jsonpath={.items[*].spec.taints}')
  expect(taints.stdout).toBe('')
  for (const node of ['node0', 'node1', 'node2']) expect(await on(node, DNS)).toBe('10.43.0.1\n')
  expect(await on('node2', 'kubectl get nodes --no-headers | wc -l')).toBe('3\n')
})

test('k3s is there as its installer leaves it', async () => {
  expect(await on('node0', 'systemctl is-active k3s; systemctl is-enabled k3s')).toBe('active\nenabled\n')
  expect(await on('node1', 'systemctl is-active k3s-agent; systemctl is-enabled k3s-agent')).toBe(
    'active\nenabled\n',
  )
  expect(await on('node1', 'readlink /usr/local/bin/kubectl /usr/local/bin/crictl')).toBe('k3s\nk3s\n')
})

test('a pod is a machine: its own programs, and the node’s where it has none, in its network', async () => {
  const address = (
    await real.knet(
      'kubectl',
      'get',
      'pods',
      '-n',
      'kube-system',
      '-l',
      'k8s-app=kube-dns',
      '-o',
      'jsonpath={.items[0].status.podIP}',
    )
  ).stdout
  expect(await on('coredns', 'ip -o -4 addr show dev eth0')).toContain(` ${address}/24 `)
  expect(await on('coredns', 'hostname')).toMatch(/^coredns-/)
  expect(await on('coredns', DNS)).toBe('10.43.0.1\n')
})

test('what was broken on nodes is whole after a reset of the step', async () => {
  await on('node2', 'ip link del flannel.1')
  await on(
    'node1',
    'ip route del default; echo 0 >/proc/sys/net/ipv4/ip_forward; iptables -I FORWARD -j DROP',
  )
  await on('node0', 'ip link del cni0')
  expect((await real.knet('reset', '--step')).exitCode).toBe(0)
  for (const node of ['node0', 'node1', 'node2']) expect(await on(node, DNS), node).toBe('10.43.0.1\n')
  expect(await on('node1', 'ip route show default; cat /proc/sys/net/ipv4/ip_forward')).toMatch(
    /^default via .*\n1\n$/,
  )
})

test('a machine that died, the server’s too, is made anew and joins again', async () => {
  for (const dead of ['node1', 'node0']) {
    // Until it is on its way down for good, and has no more of systemd.
    await on(dead, 'kill -s RTMIN+4 1; while [ "$(cat /proc/1/comm)" = systemd ]; do sleep 0.1; done')
    expect((await real.knet('reset', '--step')).exitCode, dead).toBe(0)
    expect(await nodes()).toEqual(ALL_READY)
    expect(await on('node1', DNS), dead).toBe('10.43.0.1\n')
  }
})

test('a machine that goes down at the very moment of a reset is made anew as well', async () => {
  for (const dying of ['node0', 'node2']) {
    await on(dying, 'kill -s RTMIN+4 1')
    expect((await real.knet('reset', '--step')).exitCode, dying).toBe(0)
    expect(await nodes()).toEqual(ALL_READY)
    expect(await on('node1', DNS), dying).toBe('10.43.0.1\n')
  }
})

test('a node that was deleted from the API comes back', async () => {
  await real.knet('kubectl', 'delete', 'node', 'node2')
  expect((await real.knet('reset', '--step')).exitCode).toBe(0)
  expect(await nodes()).toEqual(ALL_READY)
})

test('after a reset of the lab nothing is in the API that was not there when it became ready', async () => {
  await real.knet('kubectl', 'create', 'namespace', 'mine')
  await real.knet('kubectl', 'delete', 'deployment', '-n', 'kube-system', 'coredns')
  expect((await real.knet('reset', '--lab')).exitCode).toBe(0)
  expect((await real.knet('kubectl', 'get', 'namespace', 'mine')).stderr).toContain('NotFound')
  expect(await nodes()).toEqual(ALL_READY)
  expect(await on('node2', DNS)).toBe('10.43.0.1\n')
})
