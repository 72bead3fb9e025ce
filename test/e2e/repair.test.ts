import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, Stranger } from '../helpers/cli.ts'

const stranger = new Stranger()
beforeAll(async () => {
  expect(await stranger.run(['start', 'flannel'])).toMatchObject({ code: 0 })
  expect(await stranger.run(['solve', '--to', 'interfaces'])).toMatchObject({ code: 0 })
  await answers()
})
afterAll(() => stranger.leave())

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
    readonly spec: { readonly nodeName?: string }
    readonly status: { readonly podIP?: string; readonly phase: string }
  }[]
}

async function pods(): Promise<Pods['items']> {
  const { stdout } = await stranger.kubectl(['get', 'pods', '-l', 'app=hello-kubernetes', '-o', 'json'])
  return (JSON.parse(stdout) as Pods).items
}

/** All three pods by address and the service by name, from a pod on each node: the whole network. */
async function answers(): Promise<void> {
  await eventually(
    'each pod to reach all others, and the service by its name',
    async () => {
      const there = await pods()
      const urls = [...there.map(({ status }) => `http://${status.podIP}:8080`), 'http://hello-kubernetes']
      // GNU's wget tries twenty times.
      const get = (url: string) =>
        `timeout 5 wget -qO- -T 2 ${url} || { echo nothing from ${url} >&2; exit 1; }`
      const ask = urls.map(get).join('\n')
      const asked = there.map(({ metadata }) =>
        stranger.run(['exec', `default/${metadata.name}`, '--', 'sh', '-c', ask]),
      )
      return (await Promise.all(asked)).map(({ code, stderr }) => (code === 0 ? 'ok' : stderr))
    },
    (said) => said.length === 3 && said.every((one) => one === 'ok'),
  )
}

const WRECKS: Readonly<Record<string, string>> = {
  'deletes cni0': 'ip link delete cni0',
  'deletes flannel.1': 'ip link delete flannel.1',
  'flushes iptables': 'for t in filter nat mangle; do iptables -t $t -F; iptables -t $t -X; done',
  'drops everything that is forwarded': 'iptables -I FORWARD -j DROP',
  'turns forwarding off': 'echo 0 > /proc/sys/net/ipv4/ip_forward',
  'deletes the routes to the other nodes': 'ip route flush dev flannel.1',
  'deletes forwarding table and neighbours':
    'ip neigh flush dev flannel.1 nud all; bridge fdb show dev flannel.1 | while read -r mac _; do bridge fdb del "$mac" dev flannel.1; done',
  'takes eth0 down': 'ip link set eth0 down',
  'takes the default route away': 'ip route del default',
  'flushes the routes of eth0': 'ip route flush dev eth0',
  'puts a wrong address of a node into the neighbours':
    'ip neigh replace 172.19.0.2 lladdr 02:00:00:00:00:99 nud permanent dev eth0',
  'prohibits all by a routing rule': 'ip rule add pref 10 prohibit',
  'prohibits all by a routing rule and flushes the routes of eth0':
    'ip route flush dev eth0; ip rule add pref 10 prohibit',
  'flushes the routing rules': 'ip rule flush',
  'makes a black hole of the pods of a node': 'ip route replace blackhole 10.42.0.0/24',
  'makes a black hole of half of the pods of a node': 'ip route add blackhole 10.42.0.0/25',
  'drops what is forwarded by a table of nft':
    "nft add table ip mine; nft 'add chain ip mine f { type filter hook forward priority 0; policy drop; }'",
  'forbids forwarding by IPsec':
    'ip xfrm policy add dir fwd src 0.0.0.0/0 dst 0.0.0.0/0 action block 2>/dev/null; true',
  'takes the routes of the pods away':
    'for pod in $(ls /run/netns); do nsenter --net=/run/netns/$pod ip route flush table main; done',
  'stops what the kubelet works with': "pkill -STOP -f '/run/knet/[a]gent'",
  'makes eth0 smaller than the tunnel': 'ip link set eth0 mtu 600',
  'lets next to nothing through eth0': 'tc qdisc add dev eth0 root tbf rate 8bit burst 100b limit 100',
  'takes lo down': 'ip link set lo down',
  'removes every network interface': 'for i in $(ls /sys/class/net); do ip link delete $i; done; true',
  'deletes the node from the API': 'kubectl delete node node1',
  'removes the CNI configuration': 'rm -rf /etc/cni/net.d /run/flannel /opt/cni',
}

test.each(Object.entries(WRECKS))('when somebody %s on node1, reset restores it', async (_what, script) => {
  expect(await stranger.run(['exec', 'node1', '--', 'sh', '-c', script])).toMatchObject({ code: 0 })
  const { code, stderr } = await stranger.run(['reset'])
  expect([code, stderr]).toEqual([0, ''])
  const ways = await stranger.run(['exec', 'node1', '--', 'ip', 'route', 'show', 'dev', 'eth0'])
  expect(ways.stdout).toMatch(/default via 172\.19\.0\.1 *\n172\.19\.0\.0\/24 .*src 172\.19\.0\.3/)
  await answers()
})

test('reset --lab makes every machine anew, whatever was done to it', async () => {
  await stranger.on(
    'node2',
    'ip route add blackhole 10.42.1.0/25; echo mine >/etc/mine; sleep 5000 >/dev/null 2>&1 &',
  )
  expect(await stranger.run(['reset', '--lab'])).toMatchObject({ code: 0, stderr: '' })
  expect(await stranger.on('node2', 'ip route show type blackhole; ls /etc/mine; pgrep sleep; true')).toBe('')
  expect(await stranger.run(['solve', '--to', 'interfaces'])).toMatchObject({ code: 0 })
  await answers()
})

test('when somebody kills every process of a node, reset restores it', async () => {
  await stranger.run(['exec', 'node1', '--', 'sh', '-c', 'kill -9 -1'])
  expect(await stranger.run(['reset'])).toMatchObject({ code: 0 })
  await answers()
})

test('when somebody kills every process of every node, reset --lab restores all of it', async () => {
  await Promise.all([0, 1, 2].map((n) => stranger.run(['exec', `node${n}`, '--', 'sh', '-c', 'kill -9 -1'])))
  expect(await stranger.run(['reset', '--lab'])).toMatchObject({ code: 0 })
  expect(await stranger.run(['solve', '--to', 'interfaces'])).toMatchObject({ code: 0 })
  await answers()
})
