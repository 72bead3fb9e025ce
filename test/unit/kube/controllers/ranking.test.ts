import { expect, test } from 'vitest'
import { proportionalSizes } from '../../../../src/kube/controllers/deployment-scaling.ts'
import { firstFree } from '../../../../src/kube/controllers/node-ipam.ts'
import { rankForDeletion } from '../../../../src/kube/controllers/pod-ranking.ts'
import { fence, scaled } from '../../../../src/kube/controllers/rolling-numbers.ts'
import type { Deployment, Pod, ReplicaSet } from '../../../../src/kube/objects.ts'

function pod(
  name: string,
  o: { node?: string; phase?: string; readySince?: string; cost?: string; restarts?: number } = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      creationTimestamp: '2026-11-21T10:00:00Z',
      ...(o.cost && { annotations: { 'controller.kubernetes.io/pod-deletion-cost': o.cost } }),
    },
    spec: { containers: [], ...(o.node && { nodeName: o.node }) },
    status: {
      phase: o.phase ?? 'Running',
      containerStatuses: [{ name: 'c', image: '', imageID: '', ready: true, restartCount: o.restarts ?? 0 }],
      conditions: o.readySince ? [{ type: 'Ready', status: 'True', lastTransitionTime: o.readySince }] : [],
    },
  }
}

test('scaling down takes unassigned, pending and unready pods first, then cheap, crowded, young and restarted ones', () => {
  const old = '2026-11-21T10:00:00Z'
  const pods = [
    pod('oldest', { node: 'b', readySince: old }),
    pod('restarted', { node: 'c', readySince: old, restarts: 3 }),
    pod('recent', { node: 'd', readySince: '2026-11-21T11:00:00Z' }),
    pod('crowded1', { node: 'a', readySince: old }),
    pod('crowded2', { node: 'a', readySince: old }),
    pod('cheap', { node: 'e', readySince: old, cost: '-1' }),
    pod('unready', { node: 'f' }),
    pod('pending', { node: 'g', phase: 'Pending' }),
    pod('unassigned', { phase: 'Pending' }),
  ]
  expect(rankForDeletion(pods).map((one) => one.metadata.name)).toEqual([
    'unassigned',
    'pending',
    'unready',
    'cheap',
    'crowded1',
    'crowded2',
    'recent',
    'restarted',
    'oldest',
  ])
})

test('surge rounds up and unavailability down, and they are never both zero', () => {
  expect(scaled('25%', 10, 'up')).toBe(3)
  expect(scaled('25%', 10, 'down')).toBe(2)
  expect(scaled(4, 10, 'up')).toBe(4)
  const of = (replicas: number, rollingUpdate: object) =>
    fence({ spec: { replicas, strategy: { type: 'RollingUpdate', rollingUpdate } } } as unknown as Deployment)
  expect(of(3, {})).toEqual({ maxSurge: 1, maxUnavailable: 0 })
  expect(of(3, { maxSurge: 0, maxUnavailable: '10%' })).toEqual({ maxSurge: 0, maxUnavailable: 1 })
})

test('scaling to nothing in the middle of a rollout empties every replica set', () => {
  const set = (name: string, replicas: number) => ({ metadata: { name }, spec: { replicas } }) as ReplicaSet
  const sizes = proportionalSizes({ spec: { replicas: 0 } } as Deployment, [set('a', 3), set('b', 2)])
  expect([...sizes.values()]).toEqual([0, 0])
})

test('the first free range is found, and none when all are taken', () => {
  const config = { podCIDR: '10.42.0.0/16', nodeMaskSize: 24 }
  expect(firstFree(config, new Set(['10.42.0.0/24', '10.42.2.0/24']))).toBe('10.42.1.0/24')
  expect(firstFree({ podCIDR: '10.0.0.0/25', nodeMaskSize: 26 }, new Set(['10.0.0.0/26']))).toBe(
    '10.0.0.64/26',
  )
  expect(firstFree({ podCIDR: '10.0.0.0/24', nodeMaskSize: 24 }, new Set(['10.0.0.0/24']))).toBeUndefined()
})
