import { expect, test } from 'vitest'
import type { Running } from '../../../src/machine/driver.ts'
import { testLab } from './lab.ts'

/** How a learner can wreck node0, from inside it or (the last) from beside it. */
const WRECKAGE: readonly { what: string; how: string; beside?: true }[] = [
  { what: 'nothing', how: 'true' },
  { what: 'eth0 taken away', how: 'ip link del eth0' },
  {
    what: 'links, routes and rules of all kinds',
    how: `ip link add cni0 type bridge; ip link add x type vxlan id 1 dev eth0 dstport 8472; ip link set cni0 up
      ip route add blackhole 10.0.0.0/8; ip route add 10.9.0.0/16 dev lo table 77; ip rule add from 1.2.3.4 lookup 77
      ip rule del pref 32766; ip addr add 10.1.1.1/32 dev lo
      iptables -P FORWARD DROP; iptables -t nat -A OUTPUT -j DNAT --to 1.1.1.1 -p tcp; nft add table ip mine`,
  },
  {
    what: 'sysctls',
    how: `echo 0 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all
      echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables; echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore
      echo 1 >/proc/sys/net/ipv4/conf/default/proxy_arp`,
  },
  {
    what: 'policies of IPsec, queueing disciplines and the older iptables',
    how: `ip xfrm policy add dir fwd src 0.0.0.0/0 dst 0.0.0.0/0 action block; ip xfrm policy add dir in action block
      tc qdisc add dev lo root tbf rate 8bit burst 100b limit 100; iptables-legacy -P INPUT DROP; ip6tables-legacy -P INPUT DROP`,
  },
  { what: 'files of its root', how: 'rm -rf /etc /var /bin 2>/dev/null; mkdir -p /var/lib/rubbish' },
  { what: 'its init killed', how: 'kill -9 $(cat /run/knet/machines/node0)', beside: true },
  { what: 'its cable cut', how: 'ip link del node0', beside: true },
]

async function stateOf(running: Running): Promise<string> {
  const looks = `ip -br link; ip -br -4 addr; ip route show table all | grep -v -e fe80 -e ff00 -e anycast -e '::1'
    ip rule; ip xfrm policy; tc qdisc; nft list ruleset; iptables-legacy-save 2>/dev/null | grep -E 'DROP|^-A'; cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/icmp_echo_ignore_all
    cat /proc/sys/net/bridge/bridge-nf-call-iptables /proc/sys/net/ipv4/conf/*/arp_ignore /proc/sys/net/ipv4/conf/*/proxy_arp
    ls / /etc /var/lib; hostname; ps -eo args`
  const { stdout, stderr } = await running.machines[0]!.exec(['sh', '-c', looks])
  return (stdout + stderr).replaceAll(/@if\d+/g, '')
}

test.each(WRECKAGE)('a machine is as new after $what', async ({ how, beside }) => {
  const { driver, topology } = testLab()
  const running = await driver.up(topology, {})
  const asNew = await stateOf(running)
  await (beside ? running.beside() : running.machines[0]!).exec(['sh', '-c', how])
  await running.rebuild('node0')
  expect(await stateOf(running)).toBe(asNew)
  const ping = await running.machines[1]!.exec(['ping', '-qc1', '-W2', 'node0'])
  expect(ping.stdout).toContain(' 0% packet loss')
})

test('processes of a machine that is made anew end, also those that were started from outside', async () => {
  const { driver, topology } = testLab()
  const running = await driver.up(topology, {})
  const server = running.machines[0]!.spawn(['sleep', '1000'])
  await running.rebuild('node0')
  expect(await server.exited).toBe(137)
})

test('a machine that there is not is named', async () => {
  const { driver, topology } = testLab()
  const running = await driver.up(topology, {})
  await expect(running.rebuild('node9')).rejects.toMatchObject({ code: 'KNET_MACHINE_GONE' })
})
