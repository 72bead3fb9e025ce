import { podNodeProgram, podSpec, type PodNode } from '../../helpers/pod-node.ts'

const ADDRESSES: Readonly<Record<string, string>> = {
  'web-0': '192.168.166.129',
  'client-1': '192.168.166.130',
}
const CONF = JSON.stringify({
  name: 'k8s-pod-network',
  cniVersion: '0.3.1',
  plugins: [
    { type: 'calico', nodename: 'node1', mtu: 0, ipam: { type: 'calico-ipam' } },
    { type: 'portmap', snat: true, capabilities: { portMappings: true } },
  ],
})
const CALI = 'cali50aeaf5a85d'

async function observe(node: PodNode) {
  await node.sh(
    'sysctl -wq net.ipv4.conf.default.rp_filter=1; mkdir -p /var/lib/calico /var/lib/cni/results; echo node1 >/var/lib/calico/nodename',
  )
  // A node without a route to anywhere does not answer for 169.254.1.1.
  await node.sh(
    'ip link add eth0 type dummy || ip link add eth0 type veth peer name eth1; ip addr add 172.30.0.11/24 dev eth0; ip link set eth0 up; ip route add default via 172.30.0.1',
  )
  await node.writeFile('/etc/cni/net.d/10-calico.conflist', CONF)
  const released: string[] = []
  const ipam = {
    assign: async ({ podName }: { podName: string }) => ADDRESSES[podName] ?? '',
    release: async ({ podName }: { podName: string }) => void released.push(podName),
  }
  const runtime = await node.startRuntime(new Map([['calico-ipam', ipam]]))
  const [web, client] = await Promise.all(
    ['web-0', 'client-1'].map((name) => runtime.createSandbox(podSpec(name, { namespace: 'demo' }))),
  )
  const inPod = (netns: string | undefined, script: string) =>
    node.sh(`nsenter --net=${netns} sh -c '${script}'`)
  const seen = {
    ip: [web?.ip, client?.ip],
    pod: await inPod(web?.netns, 'ip -d addr; ip route'),
    neighboursBefore: await inPod(web?.netns, 'ip neigh'),
    podForwarding: await inPod(web?.netns, 'cat /proc/sys/net/ipv4/ip_forward'),
    host: await node.sh(`ip -d addr show dev ${CALI}`),
    routes: await node.sh('ip route | grep cali'),
    sysctls: await node.sh(`sysctl net.ipv4.conf.${CALI} net.ipv4.neigh.${CALI}`),
    acceptRa: await node.sh(`cat /proc/sys/net/ipv6/conf/${CALI}/accept_ra`),
    ping: await inPod(client?.netns, 'ping -c 1 -W 2 192.168.166.129'),
    neighbours: await inPod(client?.netns, 'ip neigh'),
  }
  if (web) await runtime.removeSandbox(web.id)
  const after = { links: await node.sh('ip -o link'), routesAfter: await node.sh('ip route'), released }
  runtime.stop()
  return { ...seen, ...after }
}

await podNodeProgram(observe)
