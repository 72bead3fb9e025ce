import { expect, test } from 'vitest'
import { calicoPolicyOf } from '../../../../../src/dataplane/calico/policy/kubernetes-policy.ts'
import { readPolicy } from '../../../../../src/dataplane/calico/policy/policy.ts'
import type { NetworkPolicySpec } from '../../../../../src/kube/objects.ts'

const K8S = "projectcalico.org/orchestrator == 'k8s'"

const converted = (spec: NetworkPolicySpec) =>
  calicoPolicyOf({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'web', namespace: 'shop' },
    spec,
  })

test("It has upstream's name, order and selector, by which pods of its namespace are selected.", () => {
  const policy = converted({ podSelector: { matchLabels: { tier: 'front', app: 'web' } } })
  expect(policy.metadata).toEqual({ name: 'knp.default.web', namespace: 'shop' })
  expect(policy.spec).toMatchObject({
    order: 1000,
    types: ['Ingress'],
    selector: `${K8S} && app == 'web' && tier == 'front'`,
  })
  const { id, selector } = readPolicy(policy)
  expect(id).toBe('shop/knp.default.web')
  expect(selector.text).toBe(
    '((projectcalico.org/orchestrator == "k8s" && app == "web" && tier == "front") && projectcalico.org/namespace == "shop")',
  )
})

test("Expressions of label selectors are Calico's.", () => {
  const { selector } = converted({
    podSelector: {
      matchExpressions: [
        { key: 'a', operator: 'In', values: ['x', 'y'] },
        { key: 'b', operator: 'NotIn', values: ['z'] },
        { key: 'c', operator: 'Exists' },
        { key: 'd', operator: 'DoesNotExist' },
      ],
    },
  }).spec
  expect(selector).toBe(`${K8S} && a in { 'x', 'y' } && b not in { 'z' } && has(c) && ! has(d)`)
})

test('Peers are rules of their own, for each protocol; no peers at all are one.', () => {
  const { ingress } = converted({
    podSelector: {},
    ingress: [
      {
        from: [
          { podSelector: { matchLabels: { app: 'a' } } },
          { namespaceSelector: {} },
          { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
        ],
        ports: [{ port: 80 }, { port: 53, protocol: 'UDP' }],
      },
      {},
    ],
  }).spec
  const sources = [
    { selector: `${K8S} && app == 'a'`, namespaceSelector: '' },
    { selector: K8S, namespaceSelector: 'all()' },
    { nets: ['10.0.0.0/8'], notNets: ['10.1.0.0/16'] },
  ]
  expect(ingress).toEqual([
    ...sources.map((source) => ({ action: 'Allow', protocol: 'TCP', source, destination: { ports: [80] } })),
    ...sources.map((source) => ({ action: 'Allow', protocol: 'UDP', source, destination: { ports: [53] } })),
    { action: 'Allow', source: {}, destination: {} },
  ])
})

test('Ports of a protocol are joined to as few as can be; one without a number is all of them.', () => {
  const portsOf = (ports: NonNullable<NonNullable<NetworkPolicySpec['egress']>[number]['ports']>) =>
    converted({ podSelector: {}, egress: [{ ports }] }).spec.egress?.map(({ protocol, destination }) => [
      protocol,
      destination?.ports,
    ])
  expect(portsOf([{ port: 82 }, { port: 'http' }, { port: 80, endPort: 81 }, { port: 90 }])).toEqual([
    ['TCP', ['http', '80:82', 90]],
  ])
  expect(portsOf([{ port: 80 }, { protocol: 'TCP' }, { port: 53, protocol: 'UDP' }])).toEqual([
    ['TCP', undefined],
    ['UDP', [53]],
  ])
})
