import type { EntityRule, PolicyRule, Port } from '../../../src/dataplane/calico/policy/kinds.ts'
import { calicoSelects } from './selector.ts'
import {
  addressOf,
  type Backend,
  type Connection,
  hasNamedPort,
  inNet,
  type Labels,
  type OraclePod,
  type OracleWorld,
  type Protocol,
} from './world.ts'

// Calico: https://docs.tigera.io/calico/latest/reference/resources/networkpolicy

export function calicoRuleMatches(
  world: OracleWorld,
  rule: PolicyRule,
  connection: Connection,
  own: string | undefined,
): boolean {
  const { protocol, notProtocol, icmp, notICMP, source = {}, destination = {} } = rule
  const isProtocol = (wanted: string | number) => sameProtocol(wanted, connection.protocol)
  const isIcmp = (wanted: { type?: number }) =>
    connection.protocol === 'ICMP' && wanted.type === connection.port
  const { from, to, sourcePort = 40_000, port } = connection
  return (
    (protocol === undefined || isProtocol(protocol)) &&
    (notProtocol === undefined || !isProtocol(notProtocol)) &&
    (!icmp || isIcmp(icmp)) &&
    (!notICMP || !isIcmp(notICMP)) &&
    calicoSideMatches(world, source, { end: from, port: sourcePort, protocol: connection.protocol }, own) &&
    calicoSideMatches(world, destination, { end: to, port, protocol: connection.protocol }, own) &&
    inService(world, source.services, ({ ip }) => ip === addressOf(from)) &&
    inService(
      world,
      destination.services,
      (one) => one.ip === addressOf(to) && one.protocol === connection.protocol && one.port === port,
    )
  )
}

interface End {
  readonly end: OraclePod | string
  readonly port: number
  readonly protocol: Protocol
}

function calicoSideMatches(
  world: OracleWorld,
  entity: EntityRule,
  { end, port, protocol }: End,
  own: string | undefined,
): boolean {
  const { nets = [], notNets = [], ports = [], notPorts = [], notSelector } = entity
  const address = addressOf(end)
  const isPort = (wanted: Port) => calicoPort(wanted, end, protocol, port)
  return (
    (nets.length === 0 || nets.some((net) => inNet(address, net))) &&
    !notNets.some((net) => inNet(address, net)) &&
    (ports.length === 0 || ports.some(isPort)) &&
    !notPorts.some(isPort) &&
    (!notSelector || !things(world, address).some(({ labels }) => calicoSelects(notSelector, labels))) &&
    (!hasSelector(entity) || things(world, address).some((thing) => isSelected(thing, entity, own)))
  )
}

function hasSelector({ selector, notSelector, namespaceSelector, serviceAccounts }: EntityRule): boolean {
  return [
    selector,
    notSelector,
    namespaceSelector,
    serviceAccounts?.selector,
    serviceAccounts?.names?.[0],
  ].some(Boolean)
}

/** A pod or a network set that has an address, with labels of its own, of its namespace and of its service account. */
interface Thing {
  readonly labels: Labels
  readonly namespace?: string
  readonly ofNamespace: Labels
  readonly account?: string
  readonly ofAccount: Labels
}

const found = new WeakMap<OracleWorld, Map<string, readonly Thing[]>>()

function things(world: OracleWorld, address: string): readonly Thing[] {
  const known = found.get(world) ?? new Map<string, readonly Thing[]>()
  found.set(world, known)
  const there = known.get(address) ?? thingsAt(world, address)
  known.set(address, there)
  return there
}

function thingsAt(world: OracleWorld, address: string): Thing[] {
  const pods = world.pods.filter(({ ip }) => ip === address)
  const sets = world.networkSets.filter(({ nets }) => nets.some((net) => inNet(address, net)))
  return [
    ...pods.map((pod) => ({
      labels: calicoLabels(pod),
      namespace: pod.namespace,
      ofNamespace: namespaceLabels(world, pod.namespace),
      account: pod.serviceAccount,
      ofAccount: accountLabels(world, pod),
    })),
    ...sets.map(({ labels, namespace }) => ({
      labels: namespace ? { ...labels, 'projectcalico.org/namespace': namespace } : labels,
      ...(namespace && { namespace }),
      ofNamespace: namespace ? namespaceLabels(world, namespace) : {},
      ofAccount: {},
    })),
  ]
}

/** In a namespaced policy any selector at all is about its own namespace, unless it names others. */
function isSelected(thing: Thing, entity: EntityRule, own: string | undefined): boolean {
  const { selector, namespaceSelector, serviceAccounts = {} } = entity
  const { names = [], selector: accountSelector } = serviceAccounts
  if (!namespaceSelector && own !== undefined && thing.namespace !== own) return false
  if (namespaceSelector && !inSelectedNamespace(thing, namespaceSelector)) return false
  if (names.length > 0 && !names.includes(thing.account ?? '')) return false
  if (accountSelector && !calicoSelects(accountSelector, thing.ofAccount)) return false
  return calicoSelects(selector, thing.labels)
}

function inSelectedNamespace({ namespace, ofNamespace }: Thing, selector: string): boolean {
  if (selector === 'global()') return namespace === undefined
  if (selector === 'all()') return namespace !== undefined
  return calicoSelects(selector, ofNamespace)
}

function inService(
  world: OracleWorld,
  wanted: EntityRule['services'],
  isBackend: (backend: Backend) => boolean,
): boolean {
  if (!wanted) return true
  const service = world.services.find(
    ({ namespace, name }) => namespace === wanted.namespace && name === wanted.name,
  )
  return service?.backends.some(isBackend) ?? false
}

function calicoPort(wanted: Port, end: OraclePod | string, protocol: Protocol, port: number): boolean {
  const [first, last] = String(wanted).split(':').map(Number)
  if (first === undefined || Number.isNaN(first)) return hasNamedPort(end, String(wanted), protocol, port)
  return port >= first && port <= (last ?? first)
}

const NUMBERS: Readonly<Record<Protocol, number>> = { ICMP: 1, TCP: 6, UDP: 17, SCTP: 132 }

function sameProtocol(wanted: string | number, protocol: Protocol): boolean {
  return wanted === protocol || wanted === NUMBERS[protocol]
}

export function calicoLabels({ labels, namespace, serviceAccount }: OraclePod): Labels {
  return {
    ...labels,
    'projectcalico.org/namespace': namespace,
    'projectcalico.org/orchestrator': 'k8s',
    'projectcalico.org/serviceaccount': serviceAccount,
  }
}

export function namespaceLabels(world: OracleWorld, namespace: string): Labels {
  const found = world.namespaces.find(({ name }) => name === namespace)
  return { ...found?.labels, 'projectcalico.org/name': namespace }
}

export function accountLabels(world: OracleWorld, { namespace, serviceAccount }: OraclePod): Labels {
  const found = world.serviceAccounts.find(
    (one) => one.namespace === namespace && one.name === serviceAccount,
  )
  return { ...found?.labels, 'projectcalico.org/name': serviceAccount }
}
