import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createApiServer } from '../../../../../src/kube/api/api-server.ts'
import type { KubeClient } from '../../../../../src/kube/client.ts'
import type { CustomResourceDefinition, NetworkPolicy } from '../../../../../src/kube/objects.ts'
import { createRegistry } from '../../../../../src/kube/registry/registry.ts'
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  NAMESPACES,
  NETWORK_POLICIES,
  PODS,
  type ResourceType,
  SERVICE_ACCOUNTS,
} from '../../../../../src/kube/resources.ts'
import { loadSchema } from '../../../../../src/kube/schema/schema.ts'
import {
  policyCalculator,
  type PolicyCalculator,
} from '../../../../../src/dataplane/calico/policy/calculator.ts'
import {
  GLOBAL_NETWORK_POLICIES,
  GLOBAL_NETWORK_SETS,
  type GlobalNetworkPolicy,
} from '../../../../../src/dataplane/calico/policy/kinds.ts'
import { podOf } from './calculation-of.ts'

const schema = loadSchema()

function definitionOf({ group, plural, kind }: ResourceType): CustomResourceDefinition {
  const fields = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Cluster',
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: fields } }],
    },
  }
}

function globalPolicy(name: string, spec: GlobalNetworkPolicy['spec']): GlobalNetworkPolicy {
  return { apiVersion: 'crd.projectcalico.org/v1', kind: 'GlobalNetworkPolicy', metadata: { name }, spec }
}

const DENY: NetworkPolicy = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'deny', namespace: 'demo' },
  spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] },
}
const WEB = {
  namespace: 'demo',
  name: 'web',
  labels: { app: 'web' },
  serviceAccount: 'default',
  ip: '10.0.0.1',
  ports: [],
}
const CLIENT = { ...WEB, name: 'client', labels: { app: 'client' }, ip: '10.0.0.2' }

describe('A calculator of a real API server', () => {
  let client: KubeClient
  let calculator: PolicyCalculator
  let problems: string[]

  beforeEach(async () => {
    client = createApiServer({ registry: createRegistry(), schema }).client
    await client.create(NAMESPACES, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'demo', labels: { team: 'red' } },
    })
    await client.create(SERVICE_ACCOUNTS, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: 'demo' },
    })
    problems = []
    calculator = policyCalculator({ client, onProblem: (problem) => void problems.push(String(problem)) })
    await calculator.synced
    await run('node0', WEB)
    await run('node1', CLIENT)
  })
  afterEach(() => calculator.stop())

  async function run(node: string, pod: typeof WEB): Promise<void> {
    const object = podOf(pod, node)
    const created = await client.create(PODS, object)
    await client.update(PODS, { ...created, status: object.status ?? {} }, 'status')
    await settled()
  }

  /** Informers tell of a change after the turn it was made in. */
  const settled = () => new Promise<void>((resolve) => void setImmediate(resolve))

  const current = (node: string) => calculator.forNode(node).current()

  function changesOf(node: string): string[] {
    const seen: string[] = []
    calculator.forNode(node).onChange(() => void seen.push(node))
    return seen
  }

  test('follows a policy of Kubernetes, and tells the node that it concerns, once.', async () => {
    const [ofNode0, ofNode1] = [changesOf('node0'), changesOf('node1')]
    await client.create(NETWORK_POLICIES, DENY)
    await settled()
    expect(current('node0').endpoints[0]?.ingress).toEqual(['demo/knp.default.deny'])
    await client.delete(NETWORK_POLICIES, { namespace: 'demo', name: 'deny' })
    await settled()
    expect(current('node0').endpoints[0]?.ingress).toEqual([])
    expect([ofNode0.length, ofNode1.length]).toEqual([2, 0])
  })

  test('gives the very same set as long as nothing changes, and the same parts when others change.', async () => {
    await client.create(NETWORK_POLICIES, DENY)
    await settled()
    const before = current('node0')
    const pod = await client.get(PODS, { namespace: 'demo', name: 'web' })
    await client.update(PODS, { ...pod!, status: { ...pod!.status, message: 'still here' } }, 'status')
    await settled()
    expect(current('node0')).toBe(before)
    await client.create(NETWORK_POLICIES, { ...DENY, metadata: { ...DENY.metadata, name: 'again' } })
    await settled()
    const after = current('node0')
    expect(after.policies.get('demo/knp.default.deny')).toBe(before.policies.get('demo/knp.default.deny'))
    expect(after.endpoints[0]?.ingress).toEqual(['demo/knp.default.again', 'demo/knp.default.deny'])
  })

  test('keeps sets up to date with pods on other nodes and with labels of namespaces.', async () => {
    const from = [
      {
        namespaceSelector: { matchLabels: { team: 'red' } },
        podSelector: { matchLabels: { app: 'client' } },
      },
    ]
    await client.create(NETWORK_POLICIES, { ...DENY, spec: { ...DENY.spec!, ingress: [{ from }] } })
    await settled()
    const members = () => [...current('node0').ipSets.values()].map((set) => [...set.members])
    expect(members()).toEqual([['10.0.0.2/32']])
    await run('node2', { ...CLIENT, name: 'other', ip: '10.0.0.3' })
    expect(members()).toEqual([['10.0.0.2/32', '10.0.0.3/32']])
    await client.patch(
      NAMESPACES,
      { name: 'demo' },
      { metadata: { labels: { team: 'blue' } } },
      { type: 'merge' },
    )
    await settled()
    expect(members()).toEqual([[]])
  })

  test('denies what a profile decided whose namespace is gone.', async () => {
    expect(current('node0').profiles.get('kns.demo')?.inbound[0]?.action).toBe('allow')
    await client.delete(SERVICE_ACCOUNTS, { namespace: 'demo', name: 'default' })
    await settled()
    expect(current('node0').profiles.get('ksa.demo.default')?.inbound[0]?.action).toBe('deny')
  })

  test('begins with a kind when its definition comes, and forgets its objects when that goes.', async () => {
    await client.create(CUSTOM_RESOURCE_DEFINITIONS, definitionOf(GLOBAL_NETWORK_POLICIES))
    await client.create(CUSTOM_RESOURCE_DEFINITIONS, definitionOf(GLOBAL_NETWORK_SETS))
    await settled()
    const source = { selector: "role == 'partner'" }
    await client.create(
      GLOBAL_NETWORK_POLICIES,
      globalPolicy('default.partners', { ingress: [{ action: 'Allow', source }] }),
    )
    await client.create(GLOBAL_NETWORK_SETS, {
      apiVersion: 'crd.projectcalico.org/v1',
      kind: 'GlobalNetworkSet',
      metadata: { name: 'partners', labels: { role: 'partner' } },
      spec: { nets: ['192.0.2.0/24', '198.51.100.7', '2001:db8::/64'] },
    })
    await settled()
    const { endpoints, ipSets } = current('node1')
    expect(endpoints[0]).toMatchObject({ ingress: ['default.partners'], egress: ['default.partners'] })
    expect([...ipSets.values()].map(({ members }) => [...members])).toEqual([
      ['192.0.2.0/24', '198.51.100.7/32'],
    ])
    await client.delete(CUSTOM_RESOURCE_DEFINITIONS, { name: 'globalnetworkpolicies.crd.projectcalico.org' })
    await settled()
    expect(current('node1').policies.size).toBe(0)
  })

  test('tells once of a policy that is malformed, and goes on with all others.', async () => {
    await client.create(CUSTOM_RESOURCE_DEFINITIONS, definitionOf(GLOBAL_NETWORK_POLICIES))
    await settled()
    const bad = await client.create(
      GLOBAL_NETWORK_POLICIES,
      globalPolicy('default.bad', { selector: 'app = web' }),
    )
    await client.create(NETWORK_POLICIES, DENY)
    await settled()
    await client.update(GLOBAL_NETWORK_POLICIES, {
      ...bad,
      metadata: { ...bad.metadata, labels: { a: 'b' } },
    })
    await settled()
    expect(problems).toEqual([
      'LabError: policy default.bad is not enforced: invalid selector "app = web": expected ==',
    ])
    expect(current('node0').endpoints[0]?.ingress).toEqual(['demo/knp.default.deny'])
  })

  test('asks pods a policy without a spec, and none that is for hosts alone.', async () => {
    await client.create(CUSTOM_RESOURCE_DEFINITIONS, definitionOf(GLOBAL_NETWORK_POLICIES))
    await settled()
    const { spec: _, ...bare } = globalPolicy('default.bare', {})
    await client.create(GLOBAL_NETWORK_POLICIES, bare as GlobalNetworkPolicy)
    await client.create(GLOBAL_NETWORK_POLICIES, globalPolicy('default.early', { preDNAT: true }))
    await settled()
    expect(current('node0').endpoints[0]).toMatchObject({
      ingress: ['default.bare'],
      egress: ['default.bare'],
    })
    expect(problems).toEqual([])
  })

  test('leaves out a pod that has come to its end.', async () => {
    const pod = await client.get(PODS, { namespace: 'demo', name: 'web' })
    await client.update(PODS, { ...pod!, status: { ...pod!.status, phase: 'Succeeded' } }, 'status')
    await settled()
    expect(current('node0').endpoints).toEqual([])
  })
})
