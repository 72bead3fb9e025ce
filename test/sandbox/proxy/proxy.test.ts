import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { planRules, portPlanner } from '../../../src/dataplane/proxy/plan.ts'
import { type Proxy, startProxy } from '../../../src/dataplane/proxy/proxy.ts'
import type { KubeClient } from '../../../src/kube/client.ts'
import type { EndpointSlice, Service } from '../../../src/kube/objects.ts'
import { ENDPOINT_SLICES, NAMESPACES, SERVICES } from '../../../src/kube/resources.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import { parseRuleset } from '../../../src/net/iptables/parse.ts'
import { renderRuleset } from '../../../src/net/iptables/render.ts'
import { apiClient } from '../../helpers/api-client.ts'
import { CLUSTER_CIDR, NODE, portsInSavedOrder, proxyCases } from '../../helpers/proxy-golden.ts'
import { type SandboxNodes, run, sandboxNodes } from '../../helpers/sandbox-nodes.ts'

let nodes: SandboxNodes
let machine: Machine
let client: KubeClient
const proxies: Proxy[] = []
/** What was restored, in order: every script with an iptables-restore. */
let restored: string[] = []

beforeAll(async () => {
  nodes = await sandboxNodes([NODE.address])
  const [node] = nodes.machines
  machine = {
    ...node!,
    exec: (argv, options) => {
      const input = String(options?.stdin)
      if (input.startsWith('iptables-restore ')) restored.push(input)
      return node!.exec(argv, options)
    },
  }
})
afterAll(() => nodes?.close())

afterEach(async () => {
  for (const proxy of proxies.splice(0)) proxy.stop()
  for (const table of ['filter', 'nat', 'mangle']) {
    await run(machine, 'sh', '-c', `iptables -t ${table} -F; iptables -t ${table} -X`)
  }
  restored = []
})

async function proxyWith(services: readonly Service[], slices: readonly EndpointSlice[]): Promise<Proxy> {
  client = apiClient()
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a' } })
  for (const service of services) {
    await client.create(SERVICES, service)
    if (service.status) await client.update(SERVICES, service, 'status')
  }
  for (const slice of slices) await client.create(ENDPOINT_SLICES, slice)
  const proxy = startProxy({ client, node: NODE, clusterCIDR: CLUSTER_CIDR, machine })
  proxies.push(proxy)
  await proxy.whenSynced()
  return proxy
}

async function saved(): Promise<string> {
  return renderRuleset(parseRuleset(await run(machine, 'iptables-save')))
}

/** The order of services in shared chains is any in upstream; compared sorted, everything else as it is. */
function sharedChainsSorted(text: string): string[] {
  const lines = text.split('\n')
  const shared = lines.filter((line) =>
    / KUBE-(SERVICES|NODEPORTS|EXTERNAL-SERVICES) /.test(line.slice(0, 30)),
  )
  return [...lines.filter((line) => !shared.includes(line)), ...shared.toSorted()]
}

const cases = proxyCases()
const three = cases.find(({ name }) => name === '02-clusterip-three')!
const udp = cases.find(({ name }) => name === '21-udp-nodeport')!

test.each(cases)("$name restored into a real kernel is saved as upstream's kube-proxy's is", async (one) => {
  const proxy = await proxyWith(one.services, one.slices)
  expect(sharedChainsSorted(await saved())).toEqual(sharedChainsSorted(one.saved))
  expect(await proxy.check()).toBe(true)
})

test('rules planned in the order of the recording are saved line for line', async () => {
  for (const one of cases) {
    const rules = planRules(portsInSavedOrder(one), { ...NODE, nfacct: true }, portPlanner(CLUSTER_CIDR))
    const text = renderRuleset(rules)
    const result = await machine.exec(['iptables-restore'], { stdin: text })
    expect(result.stderr).toBe('')
    expect(await saved()).toBe(one.saved)
  }
})

test('a sync writes the chains that changed and no others', async () => {
  await proxyWith(three.services, three.slices)
  const slice = three.slices.find(({ metadata }) => metadata.name.startsWith('hello'))
  restored = []
  const endpoints = slice!.endpoints!.slice(0, 2)
  await client.update(ENDPOINT_SLICES, { ...slice!, endpoints })
  await proxies[0]!.whenSynced()
  expect(restored).toHaveLength(1)
  const mentioned = new Set(restored[0]!.match(/(?<=^(?::|-A |-X ))KUBE-\S+/gm))
  expect([...mentioned].toSorted()).toEqual(['KUBE-SEP-ZIND3P5OH66ULUTW', 'KUBE-SVC-XM7DIBVJQPJ3TSDT'])
  expect(await saved()).not.toContain('10.42.2.2')
})

test('an object changed without effect on rules writes nothing', async () => {
  await proxyWith(three.services, three.slices)
  restored = []
  const service = three.services.at(-1)!
  const metadata = { ...service.metadata, labels: { changed: 'yes' } }
  await client.update(SERVICES, { ...service, metadata })
  await proxies[0]!.whenSynced()
  expect(restored).toEqual([])
})

test('a service that is deleted leaves nothing behind', async () => {
  await proxyWith(three.services, three.slices)
  const [kubernetes] = cases.find(({ name }) => name === '01-none')!.saved.split('COMMIT\n*nat')
  for (const { metadata } of three.slices.slice(1)) await client.delete(ENDPOINT_SLICES, metadata)
  for (const { metadata } of three.services.slice(1)) await client.delete(SERVICES, metadata)
  await proxies[0]!.whenSynced()
  expect(await saved()).toContain(kubernetes)
  expect(await saved()).not.toContain('hello')
})

test('check notices what a learner did, and resync repairs it beside the rules of others', async () => {
  const proxy = await proxyWith(three.services, three.slices)
  const before = await saved()
  const wrecks = [
    'iptables -t nat -F',
    'iptables -t nat -F && iptables -t nat -X && iptables -F && iptables -X',
    'iptables -t nat -D KUBE-SVC-XM7DIBVJQPJ3TSDT 2',
    'iptables -t nat -I KUBE-SERVICES -d 10.43.0.1 -j RETURN',
    'iptables -D FORWARD 2',
  ]
  for (const wreck of wrecks) {
    await run(machine, 'sh', '-c', wreck)
    expect(await proxy.check(), wreck).toBe(false)
    await proxy.resync()
    expect(await saved(), wreck).toBe(before)
    expect(await proxy.check()).toBe(true)
  }
  await run(machine, 'iptables', '-A', 'FORWARD', '-s', '10.99.0.0/16', '-j', 'DROP')
  await run(machine, 'iptables', '-t', 'nat', '-F', 'PREROUTING')
  await proxy.resync()
  expect(await saved()).toContain('-A FORWARD -s 10.99.0.0/16 -j DROP')
  expect(await proxy.check()).toBe(true)
})

test('a change that meets flushed tables is written all the same', async () => {
  const proxy = await proxyWith(three.services, three.slices)
  await run(machine, 'sh', '-c', 'iptables -t nat -F; iptables -t nat -X')
  const slice = three.slices.find(({ metadata }) => metadata.name.startsWith('hello'))
  await client.update(ENDPOINT_SLICES, { ...slice!, endpoints: slice!.endpoints!.slice(0, 1) })
  await proxy.whenSynced()
  expect(await proxy.check()).toBe(true)
})

test('hundreds of endpoints are written and written anew, though a user namespace limits a message', async () => {
  const slices = [0, 1, 2].map((n): EndpointSlice => {
    const slice = three.slices.find(({ metadata }) => metadata.name.startsWith('hello'))!
    const endpoints = Array.from({ length: 100 }, (_, i) => ({ addresses: [`10.42.${n}.${i + 2}`] }))
    return { ...slice, metadata: { ...slice.metadata, name: `hello-${n}` }, endpoints }
  })
  const sticky = three.services.map((service) => ({
    ...service,
    spec: { ...service.spec, sessionAffinity: 'ClientIP' },
  }))
  const proxy = await proxyWith(sticky, slices)
  expect(await proxy.check()).toBe(true)
  expect((await saved()).match(/^:KUBE-SEP-/gm)).toHaveLength(300)
  await run(machine, 'iptables', '-t', 'nat', '-F')
  await proxy.resync()
  expect(await proxy.check()).toBe(true)
  for (const { metadata } of slices.slice(1)) await client.delete(ENDPOINT_SLICES, metadata)
  await proxy.whenSynced()
  expect(await proxy.check()).toBe(true)
  expect((await saved()).match(/^:KUBE-SEP-/gm)).toHaveLength(100)
})

test('a second proxy over rules that are there adds none twice', async () => {
  await proxyWith(three.services, three.slices)
  const before = await saved()
  proxies.splice(0)[0]?.stop()
  await proxyWith(three.services, three.slices)
  expect(await saved()).toBe(before)
})

test('flows to a UDP endpoint that is gone are forgotten, flows to others kept', async () => {
  await proxyWith(udp.services, udp.slices)
  const flows = () => run(machine, 'conntrack', '-L', '-p', 'udp', '--orig-dst', '10.43.7.142')
  await run(machine, 'bash', '-c', 'for i in {1..40}; do echo > /dev/udp/10.43.7.142/5353; done')
  expect(await flows()).toContain('src=10.42.0.2')
  expect(await flows()).toContain('src=10.42.1.2')
  const slice = udp.slices.find(({ metadata }) => metadata.name.startsWith('udp'))!
  await client.update(ENDPOINT_SLICES, { ...slice, endpoints: slice.endpoints!.slice(0, 1) })
  await proxies[0]!.whenSynced()
  expect(await flows()).toContain('src=10.42.0.2')
  expect(await flows()).not.toContain('src=10.42.1.2')
})
