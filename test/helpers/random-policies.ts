import type { EntityRule, PolicyRule, Port } from '../../src/dataplane/calico/policy/kinds.ts'
import type { LabelSelector, NetworkPolicyPeer, NetworkPolicyPort } from '../../src/kube/objects.ts'
import type { Connection, OraclePod, OraclePolicy, OracleWorld } from './policy-oracle/world.ts'

/** 0 ≤ x < 1, the same for the same seed: mulberry32. */
export type Random = () => number

export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const NAMESPACES: OracleWorld['namespaces'] = [
  { name: 'shop', labels: { team: 'red', 'kubernetes.io/metadata.name': 'shop' } },
  { name: 'bank', labels: { team: 'blue', 'kubernetes.io/metadata.name': 'bank' } },
  { name: 'lab', labels: { 'kubernetes.io/metadata.name': 'lab' } },
]
const ACCOUNTS = NAMESPACES.flatMap(({ name: namespace }): OracleWorld['serviceAccounts'][number][] => [
  { namespace, name: 'default', labels: {} },
  { namespace, name: 'robot', labels: { kind: 'robot' } },
])
const KINDS: readonly Pick<OraclePod, 'labels' | 'serviceAccount'>[] = [
  { labels: { app: 'web', tier: 'front' }, serviceAccount: 'default' },
  { labels: { app: 'web', tier: 'back' }, serviceAccount: 'robot' },
  { labels: { app: 'db' }, serviceAccount: 'robot' },
]
const PODS: OraclePod[] = NAMESPACES.flatMap(({ name: namespace }, i) =>
  KINDS.map((kind, j) => ({
    ...kind,
    namespace,
    name: `${kind.labels['app']}-${j}`,
    ip: `10.${i}.0.${j + 1}`,
    ports: [
      { name: 'http', protocol: 'TCP', port: j === 1 ? 8080 : 80 },
      { name: 'dns', protocol: 'UDP', port: 53 },
    ],
  })),
)
const OUTSIDE = ['192.0.2.1', '192.0.2.200', '203.0.113.9']

/** Pods in three namespaces, a few network sets and services. */
export const WORLD: Omit<OracleWorld, 'policies'> = {
  namespaces: NAMESPACES,
  serviceAccounts: ACCOUNTS,
  pods: PODS,
  networkSets: [
    { labels: { role: 'partner' }, nets: ['192.0.2.0/25'] },
    { namespace: 'shop', labels: { role: 'office' }, nets: ['203.0.113.9', '192.0.2.200/32'] },
  ],
  services: [
    {
      namespace: 'shop',
      name: 'web',
      backends: [
        { ip: '10.0.0.1', protocol: 'TCP', port: 80 },
        { ip: '10.0.0.2', protocol: 'TCP', port: 80 },
      ],
    },
  ],
}

/** Each pod to and from each other and the outside, on ports that policies speak of and on others. */
export const CONNECTIONS: readonly Connection[] = [...PODS, ...OUTSIDE].flatMap((from) =>
  [...PODS, ...OUTSIDE].flatMap((to) => {
    if (from === to || (typeof from === 'string' && typeof to === 'string')) return []
    const ends = { from, to, sourcePort: 40_000 }
    return [
      { ...ends, protocol: 'TCP' as const, port: 80 },
      { ...ends, protocol: 'TCP' as const, port: 8080 },
      { ...ends, protocol: 'TCP' as const, port: 90 },
      { ...ends, protocol: 'UDP' as const, port: 53 },
      { ...ends, protocol: 'ICMP' as const, port: 8 },
    ]
  }),
)

/** A few policies of all kinds, of every sort of rule. */
export function randomPolicies(random: Random): OraclePolicy[] {
  const draw = drawing(random)
  return Array.from({ length: 1 + draw.below(4) }, (_, i) => {
    const kind = draw.one(['kubernetes', 'kubernetes', 'namespaced', 'global'])
    return kind === 'kubernetes'
      ? kubernetesPolicy(draw, `k${i}`)
      : calicoPolicy(draw, `c${i}`, kind === 'global')
  })
}

interface Draw {
  below(limit: number): number
  one<T>(choices: readonly T[]): T
  chance(share: number): boolean
  /** Up to `most` of them. */
  some<T>(most: number, make: () => T): T[]
}

function drawing(random: Random): Draw {
  const below = (limit: number) => Math.floor(random() * limit)
  return {
    below,
    one: <T>(choices: readonly T[]) => choices[below(choices.length)] as T,
    chance: (share) => random() < share,
    some: (most, make) => Array.from({ length: below(most + 1) }, make),
  }
}

function kubernetesPolicy(draw: Draw, name: string): OraclePolicy {
  const types = draw.one([['Ingress'], ['Egress'], ['Ingress', 'Egress']])
  const rules = (side: 'from' | 'to') =>
    draw.some(2, () => ({
      ...(draw.chance(0.7) && { [side]: draw.some(2, () => kubernetesPeer(draw)) }),
      ...(draw.chance(0.6) && { ports: draw.some(3, () => kubernetesPort(draw)) }),
    }))
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: draw.one(NAMESPACES).name },
    spec: {
      podSelector: labelSelector(draw, ['app', 'tier']),
      policyTypes: types,
      ...(types.includes('Ingress') && draw.chance(0.8) && { ingress: rules('from') }),
      ...(types.includes('Egress') && draw.chance(0.8) && { egress: rules('to') }),
    },
  }
}

function kubernetesPeer(draw: Draw): NetworkPolicyPeer {
  switch (draw.below(4)) {
    case 0:
      return {
        ipBlock: {
          cidr: draw.one(['0.0.0.0/0', '10.0.0.0/8', '192.0.2.0/24']),
          ...(draw.chance(0.5) && { except: ['10.1.0.0/16'] }),
        },
      }
    case 1:
      return { podSelector: labelSelector(draw, ['app', 'tier']) }
    case 2:
      return { namespaceSelector: labelSelector(draw, ['team']) }
    default:
      return {
        podSelector: labelSelector(draw, ['app', 'tier']),
        namespaceSelector: labelSelector(draw, ['team']),
      }
  }
}

function kubernetesPort(draw: Draw): NetworkPolicyPort {
  const port = draw.one([undefined, 80, 53, 8080, 'http', 'dns'])
  return {
    protocol: port === 'dns' || port === 53 ? 'UDP' : draw.one(['TCP', 'TCP', 'UDP']),
    ...(port !== undefined && { port }),
    ...(port === 80 && draw.chance(0.5) && { endPort: 90 }),
  }
}

const VALUES: Readonly<Record<string, readonly string[]>> = {
  app: ['web', 'db'],
  tier: ['front', 'back'],
  team: ['red', 'blue'],
  role: ['partner', 'office'],
}

function labelSelector(draw: Draw, keys: readonly string[]): LabelSelector {
  const key = draw.one(keys)
  const values = VALUES[key] ?? []
  switch (draw.below(4)) {
    case 0:
      return {}
    case 1:
      return { matchLabels: { [key]: draw.one(values) } }
    case 2:
      return { matchExpressions: [{ key, operator: draw.one(['In', 'NotIn']), values: [draw.one(values)] }] }
    default:
      return { matchExpressions: [{ key, operator: draw.one(['Exists', 'DoesNotExist']) }] }
  }
}

function calicoPolicy(draw: Draw, name: string, global: boolean): OraclePolicy {
  const types = draw.one([undefined, ['Ingress'], ['Egress'], ['Ingress', 'Egress']])
  const governs = (type: string) => types?.includes(type) ?? true
  const rules = () => draw.some(3, () => calicoRule(draw))
  const common = {
    ...(draw.chance(0.7) && { order: draw.one([0, 10, 999.5, 1000, 2000]) }),
    ...(draw.chance(0.7) && { selector: selectorText(draw, ['app', 'tier']) }),
    ...(draw.chance(0.15) && { serviceAccountSelector: "kind == 'robot'" }),
    ...(types && { types }),
    ...(governs('Ingress') && { ingress: rules() }),
    ...(governs('Egress') && { egress: rules() }),
  }
  const apiVersion = 'crd.projectcalico.org/v1'
  const full = `default.${name}`
  if (!global) {
    const { name: namespace } = draw.one(NAMESPACES)
    return { apiVersion, kind: 'NetworkPolicy', metadata: { name: full, namespace }, spec: common }
  }
  const spec = { ...common, ...(draw.chance(0.3) && { namespaceSelector: selectorText(draw, ['team']) }) }
  return { apiVersion, kind: 'GlobalNetworkPolicy', metadata: { name: full }, spec }
}

function calicoRule(draw: Draw): PolicyRule {
  const protocol = draw.one([undefined, 'TCP', 'UDP', 6, 'ICMP'])
  const withPorts = protocol === 'TCP' || protocol === 'UDP' || protocol === 6
  const service = draw.chance(0.08)
  return {
    action: draw.one(['Allow', 'Allow', 'Allow', 'Deny', 'Deny', 'Pass', 'Log']),
    ...(protocol !== undefined && !service && { protocol }),
    ...(protocol === undefined && draw.chance(0.15) && { notProtocol: draw.one(['UDP', 1]) }),
    ...(protocol === 'ICMP' && !service && draw.chance(0.5) && { icmp: { type: draw.one([0, 8]) } }),
    ...(protocol === 'ICMP' && !service && draw.chance(0.2) && { notICMP: { type: 8 } }),
    source: entity(draw, false),
    destination: service ? { services: { namespace: 'shop', name: 'web' } } : entity(draw, withPorts),
  }
}

function entity(draw: Draw, withPorts: boolean): EntityRule {
  return {
    ...(draw.chance(0.4) && { selector: selectorText(draw, ['app', 'tier', 'role']) }),
    ...(draw.chance(0.15) && { notSelector: selectorText(draw, ['app', 'tier']) }),
    ...(draw.chance(0.3) && {
      namespaceSelector: draw.one(['all()', 'global()', selectorText(draw, ['team'])]),
    }),
    ...(draw.chance(0.1) && {
      serviceAccounts: draw.one([{ names: ['robot'] }, { selector: "kind == 'robot'" }]),
    }),
    ...(draw.chance(0.15) && { nets: [draw.one(['10.0.0.0/8', '192.0.2.0/24', '10.0.0.1'])] }),
    ...(draw.chance(0.1) && { notNets: ['10.1.0.0/16'] }),
    ...(withPorts && draw.chance(0.5) && { ports: draw.some(3, () => calicoPort(draw)) }),
    ...(withPorts && draw.chance(0.15) && { notPorts: [calicoPort(draw)] }),
  }
}

function calicoPort(draw: Draw): Port {
  return draw.one<Port>([80, 53, '80:90', 'http', 'dns'])
}

function selectorText(draw: Draw, keys: readonly string[]): string {
  const term = () => {
    const key = draw.one(keys)
    const value = draw.one(VALUES[key] ?? [])
    return draw.one([
      `${key} == '${value}'`,
      `${key} != "${value}"`,
      `has(${key})`,
      `!has(${key})`,
      `${key} in {'${value}', 'other'}`,
      `${key} not in { '${value}' }`,
      `${key} contains '${value.slice(1, 2)}'`,
      `${key} starts with '${value.slice(0, 1)}'`,
      `${key} ends with '${value.slice(-1)}'`,
    ])
  }
  return draw.one([
    term,
    () => `${term()} && ${term()}`,
    () => `${term()} || ${term()}`,
    () => `!(${term()} && ${term()})`,
  ])()
}
