import { expect, test } from 'vitest'
import type { Node, Pod, PodSpec, Taint } from '../../../../src/kube/objects.ts'
import { decide } from '../../../../src/kube/scheduler/decide.ts'
import { nodeLoads, place } from '../../../../src/kube/scheduler/node-load.ts'

function node(
  name: string,
  o: { taints?: Taint[]; unschedulable?: boolean; cpu?: string; labels?: object } = {},
): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { ...o.labels } },
    spec: { ...(o.taints && { taints: o.taints }), ...(o.unschedulable && { unschedulable: true }) },
    status: { allocatable: { cpu: o.cpu ?? '2', memory: '4Gi', pods: '110' } },
  }
}

function pod(spec: Partial<PodSpec> = {}, more: Partial<Pod> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true }],
    },
    spec: { containers: [{ name: 'c', image: 'x' }], ...spec },
    ...more,
  }
}

const message = (decision: ReturnType<typeof decide>) =>
  'message' in decision ? decision.message : decision.load.node.metadata.name
const NOT_READY: Taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }

test('untolerated taints are told in the words of kube-scheduler 1.36', () => {
  const loads = nodeLoads(
    [0, 1, 2].map((i) => node(`node${i}`, { taints: [NOT_READY] })),
    [],
  )
  // As in golden/api-1.36/object-events.txt.
  expect(message(decide(pod(), loads))).toBe(
    '0/3 nodes are available: 3 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
  )
})

test('different reasons are counted and sorted, and preemption is only hopeless where it is', () => {
  const loads = nodeLoads(
    [node('a', { taints: [NOT_READY] }), node('b', { unschedulable: true }), node('c', { cpu: '1' })],
    [],
  )
  const big = pod({ containers: [{ name: 'c', image: 'x', resources: { requests: { cpu: '1500m' } } }] })
  expect(message(decide(big, loads))).toBe(
    '0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.',
  )
  expect(message(decide(pod(), []))).toBe('no nodes available to schedule pods')
})

test('a pod that tolerates the taint may go, by key, value or everything', () => {
  const loads = nodeLoads([node('a', { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] })], [])
  const goes = (toleration: object) => message(decide(pod({ tolerations: [toleration] }), loads)) === 'a'
  expect(goes({ operator: 'Exists' })).toBe(true)
  expect(goes({ key: 'k', operator: 'Exists', effect: 'NoSchedule' })).toBe(true)
  expect(goes({ key: 'k', value: 'v' })).toBe(true)
  expect(goes({ key: 'k', value: 'w' })).toBe(false)
  expect(goes({ key: 'k', operator: 'Exists', effect: 'NoExecute' })).toBe(false)
})

test('replicas of one owner spread over the nodes before they share one', () => {
  const other = pod({ nodeName: 'a' }, { metadata: { name: 'other' } })
  const loads = nodeLoads([node('a'), node('b'), node('c')], [other])
  const taken = Array.from({ length: 6 }, () => {
    const decision = decide(pod(), loads)
    if (!('load' in decision)) throw new Error(decision.message)
    place(pod(), decision.load)
    return decision.load.node.metadata.name
  })
  expect(taken).toEqual(['b', 'c', 'a', 'b', 'c', 'a'])
})

test('node selectors, host ports and the limit of 110 pods are respected', () => {
  const labelled = node('ssd', { labels: { disk: 'ssd' } })
  expect(message(decide(pod({ nodeSelector: { disk: 'ssd' } }), nodeLoads([node('a'), labelled], [])))).toBe(
    'ssd',
  )
  const web = { containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 80, hostPort: 80 }] }] }
  const taken = nodeLoads([node('a')], [pod({ ...web, nodeName: 'a' })])
  expect(message(decide(pod(web), taken))).toMatch(
    /^0\/1 nodes are available: 1 node\(s\) didn't have free ports/,
  )
  const full = nodeLoads(
    [node('a')],
    Array.from({ length: 110 }, () => pod({ nodeName: 'a' })),
  )
  expect(message(decide(pod(), full))).toMatch(/^0\/1 nodes are available: 1 Too many pods\./)
})

test('a pod takes what its hungriest init container or all its containers need', () => {
  const loads = nodeLoads([node('a', { cpu: '1' })], [])
  const request = (cpu: string) => ({ name: cpu, image: 'x', resources: { requests: { cpu } } })
  const fits = (containers: string[], inits: string[]) =>
    message(
      decide(pod({ containers: containers.map(request), initContainers: inits.map(request) }), loads),
    ) === 'a'
  expect(fits(['500m', '500m'], ['1'])).toBe(true)
  expect(fits(['500m', '501m'], [])).toBe(false)
  expect(fits(['100m'], ['1100m'])).toBe(false)
})
