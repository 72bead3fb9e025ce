import { podNodeProgram, podSpec, type PodNode } from '../../helpers/pod-node.ts'

/** The same configuration for the official plugins and for ours: what flannel hands on, with a host port after it. */
const CONF = JSON.stringify({
  name: 'cbr0',
  cniVersion: '0.4.0',
  plugins: [
    {
      type: 'bridge',
      isDefaultGateway: true,
      forceAddress: true,
      hairpinMode: true,
      ipMasq: true,
      mtu: 1450,
      ipam: { type: 'host-local', ranges: [[{ subnet: '10.42.1.0/24' }]], routes: [{ dst: '10.42.0.0/16' }] },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
})

const POD = podSpec('web', {
  hostPorts: [
    { hostPort: 8080, containerPort: 80, protocol: 'TCP' },
    { hostPort: 53, containerPort: 5353, protocol: 'UDP', hostIP: '172.19.0.2' },
  ],
})

async function observe(node: PodNode) {
  const runtime = await node.startRuntime()
  const one = await runtime.createSandbox(POD)
  const two = await runtime.createSandbox(podSpec('other'))
  const inPod = (script: string) => node.sh(`nsenter --net=${one.netns} sh -c '${script}'`)
  const seen = {
    ip: [one.ip, two.ip],
    addresses: await node.sh('ip -d addr'),
    routes: await node.sh('ip route'),
    fdb: await node.sh('bridge fdb show br cni0 | grep permanent | sort'),
    rules: await node.sh('iptables-save'),
    forwarding: await node.sh(
      'cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/cni0/route_localnet',
    ),
    accept_ra: await node.sh('cat /proc/sys/net/ipv6/conf/cni0/accept_ra'),
    podAddresses: await inPod('ip -d addr'),
    podRoutes: await inPod('ip route'),
    podSysctls: await inPod(
      'cat /proc/sys/net/ipv4/conf/eth0/arp_notify /proc/sys/net/ipv6/conf/eth0/accept_dad',
    ),
    allocations: await node.sh('cd /var/lib/cni/networks/cbr0; for f in *; do echo "$f: $(cat $f)"; done'),
    result: await node.sh(`cat /var/lib/cni/results/cbr0-${one.id}-eth0`),
  }
  await Promise.all([runtime.removeSandbox(one.id), runtime.removeSandbox(two.id)])
  const after = {
    rulesAfter: await node.sh('iptables-save'),
    allocationsAfter: await node.sh('ls /var/lib/cni/networks/cbr0 /var/lib/cni/results'),
    vethsAfter: await node.sh('ip -o link show type veth'),
  }
  runtime.stop()
  await node.sh('ip link del cni0; iptables -t nat -F; iptables -t nat -X; rm -rf /var/lib/cni/networks/*')
  return normalise({ ...seen, ...after }, [one.id, two.id])
}

/** Lines that the tools print in the order of hashes. */
const IN_ANY_ORDER = new Set(['fdb', 'rules', 'rulesAfter'])

/** Names and numbers that are chance. */
function normalise(seen: Record<string, string | string[]>, ids: readonly string[]): Record<string, string> {
  const entries = Object.entries(seen).map(([key, value]) => {
    let text = typeof value === 'string' ? value : JSON.stringify(value)
    for (const [index, id] of ids.entries()) text = text.replaceAll(id, `ID${index}`)
    const links = new Map<string, string>()
    text = text
      .replaceAll(
        /veth[0-9a-f]{8}/g,
        (name) => links.get(name) ?? (links.set(name, `veth${links.size}`), `veth${links.size - 1}`),
      )
      .replaceAll(/\b([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}\b/g, 'MAC')
      .replaceAll(/33:33:ff:MAC|fe80::[0-9a-f:]+/g, 'LINKLOCAL')
      .replaceAll(/cni-[0-9a-f-]{36}/g, 'NETNS')
      .replaceAll(/CNI-(DN-)?[0-9a-f]{20,}/g, 'CNI-$1HASH')
      .replaceAll(/^\d+: |@if\d+|link-netns(id)? \S+ /gm, '')
      .replaceAll(/\w+_timer +[\d.]+|state (forwarding|learning|listening)| tentative/g, '')
      .replaceAll(/^#.*$/gm, '')
    return [key, IN_ANY_ORDER.has(key) ? text.split('\n').sort().join('\n') : text] as const
  })
  return Object.fromEntries(entries)
}

await podNodeProgram(async (node) => {
  await node.writeFile('/etc/cni/net.d/10-bridge.conflist', CONF)
  const ours = await observe(node)
  await node.sh('cp /usr/lib/cni/bridge /usr/lib/cni/host-local /usr/lib/cni/portmap /opt/cni/bin/')
  const official = await observe(node)
  return { ours, official }
})
