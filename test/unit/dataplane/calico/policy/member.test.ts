import { expect, test } from 'vitest'
import { networkSetMember, podMember } from '../../../../../src/dataplane/calico/policy/member.ts'
import type { Pod } from '../../../../../src/kube/objects.ts'
import { podOf } from './calculation-of.ts'

const POD = podOf({
  namespace: 'demo',
  name: 'web-0',
  labels: { app: 'web', 'pcns.team': 'red', 'pcsa.kind': 'robot', 'projectcalico.org/namespace': 'other' },
  serviceAccount: 'default',
  ip: '192.168.166.129',
  ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
})

test('A pod has labels of its own that nobody can forge, and what profiles give it.', () => {
  expect(podMember(POD)).toEqual({
    labels: {
      app: 'web',
      'projectcalico.org/namespace': 'demo',
      'projectcalico.org/orchestrator': 'k8s',
      'projectcalico.org/serviceaccount': 'default',
    },
    profiles: ['kns.demo', 'ksa.demo.default'],
    nets: ['192.168.166.129/32'],
    ports: [{ name: 'http', protocol: 'tcp', port: 8080 }],
    pod: { node: 'node0', interfaceName: 'cali50aeaf5a85d' },
  })
})

test.each<[string, Partial<Pod>]>([
  ["on its node's network", { spec: { ...POD.spec!, hostNetwork: true } }],
  ['without an address', { status: { phase: 'Pending' } }],
  ['that failed', { status: { ...POD.status, phase: 'Failed' } }],
  ['that succeeded', { status: { ...POD.status, phase: 'Succeeded' } }],
  [
    'that lost its address to CNI',
    {
      metadata: {
        ...POD.metadata,
        deletionTimestamp: '2026-01-01T00:00:00Z',
        annotations: { 'cni.projectcalico.org/podIP': '' },
      },
    },
  ],
])('A pod %s is none.', (_what, parts) => {
  expect(podMember({ ...POD, ...parts })).toBeUndefined()
})

test('An address that CNI has noted will do until the kubelet tells.', () => {
  const metadata = { ...POD.metadata, annotations: { 'cni.projectcalico.org/podIPs': '10.0.0.7/32' } }
  expect(podMember({ ...POD, metadata, status: { phase: 'Pending' } })?.nets).toEqual(['10.0.0.7/32'])
})

test("A network set has its namespace's profile, and halves for a network that ipset can't have.", () => {
  const set = {
    apiVersion: 'crd.projectcalico.org/v1',
    metadata: { name: 'a', labels: { role: 'x' } },
  } as const
  const nets = ['0.0.0.0/0', '10.1.2.3', '2001:db8::/32']
  expect(networkSetMember({ ...set, kind: 'GlobalNetworkSet', spec: { nets } })).toEqual({
    labels: { role: 'x' },
    profiles: [],
    nets: ['0.0.0.0/1', '128.0.0.0/1', '10.1.2.3/32'],
    ports: [],
  })
  const namespaced = {
    ...set,
    kind: 'NetworkSet',
    metadata: { ...set.metadata, namespace: 'demo' },
    spec: {},
  } as const
  expect(networkSetMember(namespaced)).toMatchObject({
    labels: { role: 'x', 'projectcalico.org/namespace': 'demo' },
    profiles: ['kns.demo'],
    nets: [],
  })
})
