import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { author } from '../helpers/author.ts'
import { eventually } from '../helpers/cli.ts'

const stranger = author((yaml) =>
  yaml
    .replace('cluster: none', 'cluster: calico')
    .replace(/machines: .*/, 'machines: { node0: 172.19.0.2, node1: 172.19.0.3, node2: 172.19.0.4 }'),
)
beforeAll(async () => {
  expect(await stranger.run(['start', 'containers'])).toMatchObject({ code: 0 })
  await kubectl(
    'apply -f -',
    readFileSync(resolve(import.meta.dirname, '../../labs/flannel/hello-kubernetes.yaml'), 'utf8'),
  )
  await kubectl('rollout status deployment/hello-kubernetes --timeout=30s')
})
afterAll(() => stranger.leave())

const kubectl = async (args: string, input?: string) => {
  const options = { lab: 'containers', ...(input === undefined ? {} : { input }) }
  return (await stranger.kubectl(args.split(' '), options)).stdout
}

interface Pod {
  readonly name: string
  readonly node: string
  readonly ip: string
}

/** One of each node. */
async function pods(): Promise<Pod[]> {
  const path = 'jsonpath={range .items[*]}{.metadata.name} {.spec.nodeName} {.status.podIP}{"\\n"}{end}'
  const { stdout } = await stranger.kubectl(['get', 'pods', '-l', 'app=hello-kubernetes', '-o', path], {
    lab: 'containers',
  })
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([name = '', node = '', ip = '']) => ({ name, node, ip }))
    .sort((a, b) => a.node.localeCompare(b.node))
}

test('pods have addresses of their nodes’ blocks, which are where real Calico’s are', async () => {
  const seen = await pods()
  expect(seen.map(({ node, ip }) => `${node} ${ip.replace(/\d+$/, '')}`)).toEqual([
    'node0 192.168.135.',
    'node1 192.168.166.',
    'node2 192.168.104.',
  ])
  const blocks = await kubectl('get ipamblocks -o jsonpath={.items[*].spec.cidr}')
  expect(blocks.split(' ').sort()).toEqual(['192.168.104.0/26', '192.168.135.128/26', '192.168.166.128/26'])
})

test('they reach each other across nodes by routes of BIRD through tunl0, and services from pods', async () => {
  const [, one, two] = await pods()
  expect(await stranger.on('node1', 'ip route show proto bird')).toContain(
    '192.168.104.0/26 via 172.19.0.4 dev tunl0',
  )
  const ask = (what: string) => stranger.run(['exec', one?.name ?? '', '--', 'wget', '-qO-', '-T', '2', what])
  expect((await ask(`http://${two?.ip}:8080`)).stdout).toContain(two?.name)
  expect((await ask('http://hello-kubernetes')).stdout).toMatch(/hello-kubernetes-/)
})

test('a pod that goes gives its address back', async () => {
  const [gone] = await pods()
  await kubectl('delete deployment hello-kubernetes')
  const handles = 'get ipamhandles -o jsonpath={.items[*].metadata.name}'
  await eventually(
    'no handles but those of CoreDNS, kube-controllers and the tunnels',
    () => kubectl(handles),
    (said) => said.split(' ').length === 5,
  )
  expect(await stranger.on(gone?.node ?? '', 'ip route')).not.toContain(gone?.ip)
})

test('what a learner broke of Calico is put right by reset', async () => {
  await stranger.on('node1', 'ip link delete tunl0; iptables -t nat -F; rm /etc/cni/net.d/10-calico.conflist')
  await stranger.on('node1', 'ip route add blackhole 192.168.0.0/17')
  const { stdout } = await stranger.run(['reset'])
  expect(stdout).toContain('Mended: node1: route: blackhole 192.168.0.0/17')
  await eventually(
    'routes through the tunnel',
    () => stranger.on('node1', 'ip route show proto bird'),
    (said) => said.includes('dev tunl0'),
  )
  expect(await stranger.on('node1', 'iptables -t nat -S')).toContain('cali-nat-outgoing')
  expect(await stranger.on('node1', 'ls /etc/cni/net.d')).toContain('10-calico.conflist')
})
