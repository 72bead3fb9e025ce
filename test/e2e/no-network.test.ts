import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { author } from '../helpers/author.ts'
import { eventually } from '../helpers/cli.ts'

/** Of a real k3s that was started without a network plugin. */
const golden = (name: string) =>
  readFileSync(join(resolve(import.meta.dirname, '../golden/no-cni'), name), 'utf8')

const stranger = author((yaml) =>
  yaml
    .replace('cluster: none', 'cluster: no-network')
    .replace(/machines: .*/, 'machines: { node0: 172.19.0.2, node1: 172.19.0.3, node2: 172.19.0.4 }'),
)
let started = ''
beforeAll(async () => {
  const { code, stderr } = await stranger.run(['start', 'containers'])
  expect(code).toBe(0)
  started = stderr
})
afterAll(() => stranger.leave())

const kubectl = async (args: string, input?: string) => {
  const { stdout } = await stranger.kubectl(args.split(' '), {
    lab: 'containers',
    ...(input === undefined ? {} : { input }),
  })
  return stdout
}

interface NodeList {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly spec: { readonly podCIDR: string; readonly taints?: object[] }
    readonly status: { readonly conditions: readonly Record<string, string>[] }
  }[]
}

/** What nodes say of themselves, but for names and times. */
function condition({ items }: NodeList) {
  return items.map(({ spec, status }) => ({
    taints: spec.taints,
    conditions: status.conditions.map(({ type, status, reason, message }) => ({
      type,
      status,
      reason,
      message,
    })),
  }))
}

const nodes = async () => JSON.parse(await kubectl('get nodes -o json')) as NodeList

/** Columns of a table, without what is chance in the names of a Deployment's pods. */
function columns(table: string, ...names: string[]): string[] {
  const [heading = [], ...rows] = table
    .trimEnd()
    .split('\n')
    .map((row) => row.split(/\s{2,}/))
  const chance = /-[0-9a-z]{8,10}-[0-9a-z]{5}$/
  return rows
    .map((row) => names.map((name) => row[heading.indexOf(name)]?.replace(chance, '')).join(' '))
    .sort()
}

const TOLERANT = ['tolerant', 'tolerant-hostnet'].map((name) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    hostNetwork: name === 'tolerant-hostnet',
    tolerations: [{ operator: 'Exists' }],
    containers: [{ name: 'c', image: 'hello-kubernetes' }],
  },
}))

/** As the golden cluster had it at the end: the official plugins' bridge, a range a node, no routes between nodes. */
const bridge = (podCIDR: string) =>
  JSON.stringify({
    cniVersion: '0.3.1',
    name: 'bridge',
    plugins: [{ type: 'bridge', isGateway: true, ipam: { type: 'host-local', subnet: podCIDR } }],
  })

test('start is done when the nodes are registered, and says no more than that of them', () => {
  expect(started).toMatch(/node2 +node registered/)
  expect(started).not.toContain('node Ready')
})

test('nodes are not ready, tainted, and say why in the words of the container runtime', async () => {
  expect(condition(await nodes())).toEqual(condition(JSON.parse(golden('get-nodes.json')) as NodeList))
  const podCIDRs = (list: NodeList) => list.items.map(({ spec }) => spec.podCIDR).sort()
  expect(podCIDRs(await nodes())).toEqual(podCIDRs(JSON.parse(golden('get-nodes.json')) as NodeList))
  expect(columns(await kubectl('get nodes -o wide'), 'NAME', 'STATUS')).toEqual(
    columns(golden('get-nodes-wide.txt'), 'NAME', 'STATUS'),
  )
})

test('nobody tells of nodes that ceased to be ready: they have never been', async () => {
  expect(await kubectl('get events -o name --field-selector reason=NodeNotReady')).toBe('')
})

test('pods stay pending, DNS among them, and services have no endpoints', async () => {
  await kubectl(
    'apply -f -',
    readFileSync(resolve(import.meta.dirname, '../../labs/flannel/hello-kubernetes.yaml'), 'utf8'),
  )
  const seen = await eventually(
    'the deployment’s pods',
    () => kubectl('get pods -A -o wide'),
    (said) => said.match(/hello-kubernetes/g)?.length === 3,
  )
  const which = ['NAMESPACE', 'NAME', 'READY', 'STATUS', 'IP', 'NODE'] as const
  expect(columns(seen, ...which)).toEqual(columns(golden('get-pods-A-wide.txt'), ...which))
  const [services = '', endpoints = ''] = golden('svc-ep.txt').split('\n\n')
  expect(columns(await kubectl('get svc -A'), 'NAMESPACE', 'NAME', 'PORT(S)')).toEqual(
    columns(services.replaceAll('service/', ''), 'NAMESPACE', 'NAME', 'PORT(S)'),
  )
  expect(columns(await kubectl('get endpoints -A'), 'NAMESPACE', 'NAME', 'ENDPOINTS')).toEqual(
    columns(
      endpoints.replaceAll('endpoints/', '').replace('172.30.0.10', '172.19.0.2'),
      'NAMESPACE',
      'NAME',
      'ENDPOINTS',
    ),
  )
})

test('a pod that tolerates the taint is being created for ever, and says why; one on the host’s network runs', async () => {
  await kubectl('apply -f -', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: TOLERANT }))
  const seen = await eventually(
    'tolerant pods',
    () => kubectl('get pods -o wide'),
    (said) => /tolerant-hostnet +1\/1/.test(said) && said.includes('ContainerCreating'),
  )
  const which = ['NAME', 'READY', 'STATUS', 'RESTARTS'] as const
  expect(columns(seen, ...which)).toEqual(columns(golden('get-pods-with-tolerant.txt'), ...which))
  const event = (text: string) => /Warning +NetworkNotReady +.*kubelet +(.*)/.exec(text)?.[1]
  const described = await eventually(
    'the kubelet’s event',
    () => kubectl('describe pod tolerant'),
    (said) => event(said) !== undefined,
  )
  expect(event(described)).toBe(event(golden('describe-pod-tolerant.txt')))
})

test('with a configuration on each node all is made up for, and pods get addresses', async () => {
  for (const { metadata, spec } of (await nodes()).items) {
    const conf = `printf %s '${bridge(spec.podCIDR)}' > /etc/cni/net.d/10-bridge.conflist`
    await stranger.on(metadata.name, `mkdir -p /etc/cni/net.d; ${conf}`)
  }
  const seen = await eventually(
    'running pods',
    () => kubectl('get pods -o wide'),
    (said) => said.match(/1\/1/g)?.length === 5,
  )
  expect(seen.match(/192\.168\.[012]\.\d+/g)).toHaveLength(4)
  for (const { taints, conditions } of condition(await nodes())) {
    expect(taints).toBeUndefined()
    expect(conditions.find(({ type }) => type === 'Ready')).toMatchObject({ reason: 'KubeletReady' })
  }
})

test('without the configuration nodes are not ready again, though what runs goes on', async () => {
  for (const name of ['node0', 'node1', 'node2'])
    await stranger.on(name, 'rm /etc/cni/net.d/10-bridge.conflist')
  const before = condition(JSON.parse(golden('get-nodes.json')) as NodeList).map(
    ({ conditions }) => conditions,
  )
  await eventually(
    'nodes that are not ready',
    async () => condition(await nodes()).map(({ conditions }) => conditions),
    (now) => JSON.stringify(now) === JSON.stringify(before),
  )
  await eventually(
    'events of the nodes',
    () => kubectl('get events --field-selector reason=NodeNotReady'),
    (said) =>
      ['node0', 'node1', 'node2'].every((name) => said.includes(`Node ${name} status is now: NodeNotReady`)),
  )
  await eventually(
    'the taint that keeps pods away',
    async () => condition(await nodes()).map(({ taints }) => taints?.length),
    (counts) => counts.every((count) => count === 1),
  )
  expect((await kubectl('get pods -o wide')).match(/Running/g)).toHaveLength(5)
})
