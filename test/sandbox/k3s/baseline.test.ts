import { afterAll, beforeAll, expect, test } from 'vitest'
import { mendNode, writeBaseline } from '../../../src/k3s/baseline.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import { sandboxNodes, type SandboxNodes } from '../../helpers/sandbox-nodes.ts'

/** As flannel and a CNI plugin leave a node with one pod. Its eth0 is a veth, as in a container. */
const NODE = `set -e
mkdir -p /run/flannel
printf 'FLANNEL_SUBNET=10.42.1.1/24\\nFLANNEL_MTU=1450\\n' >/run/flannel/subnet.env
ip link add flannel.1 type vxlan id 1 dev eth0 dstport 8472 nolearning
ip addr add 10.42.1.0/32 dev flannel.1
ip link set flannel.1 up
bridge fdb append 02:00:00:00:00:01 dev flannel.1 dst 172.19.0.2
ip neigh add 10.42.0.0 lladdr 02:00:00:00:00:01 dev flannel.1 nud permanent
ip route add 10.42.0.0/24 via 10.42.0.0 dev flannel.1 onlink
ip link add cni0 type bridge
ip addr add 10.42.1.1/24 dev cni0
ip link set cni0 up
ip link add veth12ab type veth peer name pod
ip link set veth12ab master cni0 up
iptables -N KUBE-FORWARD
iptables -A FORWARD -j KUBE-FORWARD
echo 1 >/proc/sys/net/ipv4/ip_forward`

let nodes: SandboxNodes
let node: Machine

beforeAll(async () => {
  nodes = await sandboxNodes(['172.19.0.3'])
  node = nodes.machines[0]!
  await shell(NODE)
  await writeBaseline(node)
})

afterAll(() => nodes.close())

async function shell(script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await node.exec(['sh', '-c', script])
  expect(exitCode, stderr).toBe(0)
  return stdout
}

test('a node that nobody touched is left alone', async () => {
  expect(await mendNode(node)).toEqual({ done: [], left: [] })
})

test('uplink, forwarding and policies come back, and a learner’s rules go', async () => {
  await shell(`ip route del default; ip addr flush dev eth0; echo 0 >/proc/sys/net/ipv4/ip_forward
iptables -P FORWARD DROP; iptables -I FORWARD 1 -p udp -m comment --comment "my rule" -j DROP`)
  const { done, left } = await mendNode(node)
  expect(left).toEqual([])
  expect(done.join('\n')).toContain('my rule')
  expect(await shell('ip route show default; cat /proc/sys/net/ipv4/ip_forward; iptables -S FORWARD')).toBe(
    'default via 172.19.0.1 dev eth0 \n1\n-P FORWARD ACCEPT\n-A FORWARD -j KUBE-FORWARD\n',
  )
  expect(await mendNode(node)).toEqual({ done: [], left: [] })
})

test('a bridge comes back with the pods’ cables in it, and without the node’s own', async () => {
  await shell('ip link del cni0')
  await mendNode(node)
  expect(await shell(`ip -o link show master cni0 | cut -d' ' -f2`)).toBe('veth12ab@pod:\n')
  expect(await shell('ip -o -4 addr show dev cni0')).toContain(' 10.42.1.1/24 ')
})

test('what flannel and kube-proxy alone can write is named, for k3s to start again', async () => {
  await shell(
    'bridge fdb del 02:00:00:00:00:01 dev flannel.1 dst 172.19.0.2; iptables -D FORWARD -j KUBE-FORWARD',
  )
  const { left } = await mendNode(node)
  expect(left.map((line) => line.replace(/ .*/, '')).toSorted()).toEqual(['fdb', 'rule'])
  await shell('ip link del flannel.1')
  expect((await mendNode(node)).left.join('\n')).toContain('link flannel.1')
})
