import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import type { ActiveSet } from '../../../../../src/dataplane/calico/felix/active.ts'
import type { Calculation } from '../../../../../src/dataplane/calico/policy/calculation.ts'
import type { OraclePod, OraclePolicy } from '../../../../helpers/policy-oracle/world.ts'
import { calculationOf } from './calculation-of.ts'

const GOLDEN = join(import.meta.dirname, '../../../../golden/calico/policy')
const read = (name: string) => readFileSync(join(GOLDEN, name), 'utf8')

interface Endpoint {
  readonly metadata: { readonly namespace: string; readonly labels: Record<string, string> }
  readonly spec: {
    readonly pod: string
    readonly node: string
    readonly interfaceName: string
    readonly ipNetworks: readonly string[]
    readonly profiles: readonly string[]
    readonly serviceAccountName: string
    readonly ports?: readonly {
      readonly name: string
      readonly protocol: 'TCP' | 'UDP'
      readonly port: number
    }[]
  }
}

/** The pods of the cluster that was recorded, as its calicoctl showed them. */
const ENDPOINTS = (
  parse(
    read('endpoints.txt')
      .split('\n')
      .slice(1)
      .join('\n')
      .replace(/\[exit 0\]\s*$/, ''),
  ) as { items: Endpoint[] }
).items

function clusterWith(policies: readonly OraclePolicy[]): Calculation {
  const names = [...new Set(ENDPOINTS.map(({ metadata }) => metadata.namespace))]
  const pods = ENDPOINTS.map(({ metadata, spec }): OraclePod & { node: string } => ({
    namespace: metadata.namespace,
    name: spec.pod,
    node: spec.node,
    labels: Object.fromEntries(
      Object.entries(metadata.labels).filter(([label]) => !label.startsWith('projectcalico.org/')),
    ),
    serviceAccount: spec.serviceAccountName,
    ip: spec.ipNetworks[0]?.split('/')[0] ?? '',
    ports: spec.ports ?? [],
  }))
  return calculationOf({
    namespaces: names.map((name) => ({ name, labels: { 'kubernetes.io/metadata.name': name } })),
    serviceAccounts: pods.map(({ namespace, serviceAccount: name }) => ({ namespace, name, labels: {} })),
    pods,
    networkSets: [],
    services: [],
    policies,
  })
}

/** Names of ipsets that hold what selectors select, with their members, of an ipset-save. */
function setsIn(saved: string): Record<string, string[]> {
  const names = [...saved.matchAll(/^create (cali40(?:s|n):\S+)/gm)].map(([, name = '']) => name)
  const membersOf = (name: string) =>
    saved
      .split('\n')
      .filter((line) => line.startsWith(`add ${name} `))
      .map((line) => line.split(' ')[2] ?? '')
  return Object.fromEntries(names.map((name) => [name, membersOf(name).sort()]))
}

function setsOf({ ipSets }: ActiveSet): Record<string, string[]> {
  const members = (set: ReadonlySet<string>) => [...set].map((member) => member.replace('/32', '')).sort()
  return Object.fromEntries(
    [...ipSets].map(([id, set]) => [`cali40${id}`.slice(0, 31), members(set.members)]),
  )
}

describe.each([
  ['allow-client-80', parse(read('allow-client-80.yaml'))],
  ['deny-probe', (parse(read('deny-probe.crd.yaml')) as { items: unknown }).items],
])('With the policies of %s', (name, objects) => {
  const cluster = clusterWith([objects].flat() as OraclePolicy[])

  test.each(['node0', 'node1', 'node2'])('%s has the ipsets that real Calico gave it.', (node) => {
    expect(setsOf(cluster.activeSet(node))).toEqual(setsIn(read(`${name}.ipset-save.${node}.txt`)))
  })
})

test('Endpoints have the interfaces, addresses and profiles that real Calico showed.', () => {
  const cluster = clusterWith([])
  for (const { spec } of ENDPOINTS) {
    const found = cluster
      .activeSet(spec.node)
      .endpoints.find(({ interfaceName }) => interfaceName === spec.interfaceName)
    expect(found).toEqual({
      interfaceName: spec.interfaceName,
      addresses: spec.ipNetworks.map((net) => net.replace('/32', '')),
      ingress: [],
      egress: [],
      profiles: spec.profiles,
    })
  }
})

test('A policy is asked by the pods that it selects, in the directions that it governs.', () => {
  const deny = parse(read('deny-all-ingress.yaml')) as OraclePolicy
  const dns = parse(read('egress-dns-only.yaml')) as OraclePolicy
  const cluster = clusterWith([deny, dns])
  const asked = ENDPOINTS.map(({ spec }) => {
    const endpoint = cluster
      .activeSet(spec.node)
      .endpoints.find(({ interfaceName }) => interfaceName === spec.interfaceName)
    return [spec.pod, endpoint?.ingress, endpoint?.egress]
  })
  expect(asked).toEqual(
    ENDPOINTS.map(({ metadata, spec }) => {
      const { app } = metadata.labels
      return [
        spec.pod,
        app === 'web' ? ['demo/knp.default.web-deny-all'] : [],
        app === 'web-client' ? ['demo/knp.default.client-dns-only'] : [],
      ]
    }),
  )
})

test('Ports of a protocol are one rule, and protocols are sorted, as in real chains.', () => {
  const cluster = clusterWith([parse(read('egress-dns-only.yaml')) as OraclePolicy])
  const rules = cluster.activeSet('node0').policies.get('demo/knp.default.client-dns-only')?.outbound
  expect(rules?.map(({ action, protocol, dst }) => [action, protocol, dst.ports])).toEqual([
    ['allow', 'tcp', [{ first: 53, last: 53 }]],
    ['allow', 'udp', [{ first: 53, last: 53 }]],
  ])
})

test('Policies are asked by order, as real chains have them.', () => {
  const { items } = parse(read('deny-probe.crd.yaml')) as { items: OraclePolicy[] }
  const cluster = clusterWith(items.toReversed())
  const web = cluster
    .activeSet('node1')
    .endpoints.find(({ interfaceName }) => interfaceName === 'cali50aeaf5a85d')
  expect(web?.ingress).toEqual(['default.deny-probe', 'default.allow-rest'])
  expect(web?.egress).toEqual(['default.allow-rest'])
})
