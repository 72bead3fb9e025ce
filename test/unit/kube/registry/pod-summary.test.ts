import { expect, test } from 'vitest'
import type { Pod } from '../../../../src/kube/objects.ts'
import { podSummary } from '../../../../src/kube/registry/pod/summary.ts'

const NOW = new Date('2026-11-21T10:00:00Z')

interface Shape {
  spec?: object
  status?: object
  metadata?: object
}

function summary({ spec = {}, status = {}, metadata = {} }: Shape) {
  const pod = {
    metadata: { name: 'p', ...metadata },
    spec: { containers: [{ name: 'c' }], ...spec },
    status: { phase: 'Running', ...status },
  }
  const { ready, reason, restarts } = podSummary(pod as unknown as Pod, NOW)
  return `${ready} ${reason} ${restarts}`
}

const one = (state: object, more: object = {}) => ({
  name: 'c',
  restartCount: 0,
  ready: false,
  state,
  ...more,
})
const running = one({ running: {} }, { ready: true })
const deleted = { deletionTimestamp: '2026-11-21T09:59:59Z' }
const ready = { type: 'Ready', status: 'True' }

test.each<[string, Shape, string]>([
  ['a pod that waits for a node', { status: { phase: 'Pending' } }, '0/1 Pending 0'],
  [
    'one whose container is being made',
    { status: { phase: 'Pending', containerStatuses: [one({ waiting: { reason: 'ContainerCreating' } })] } },
    '0/1 ContainerCreating 0',
  ],
  ['one that runs', { status: { containerStatuses: [running] } }, '1/1 Running 0'],
  [
    'one whose image is unknown',
    { status: { phase: 'Pending', containerStatuses: [one({ waiting: { reason: 'ErrImagePull' } })] } },
    '0/1 ErrImagePull 0',
  ],
  [
    'one that crashes',
    {
      status: {
        containerStatuses: [
          one(
            { waiting: { reason: 'CrashLoopBackOff' } },
            {
              restartCount: 3,
              lastState: { terminated: { exitCode: 1, finishedAt: '2026-11-21T09:59:55Z' } },
            },
          ),
        ],
      },
    },
    '0/1 CrashLoopBackOff 3 (5s ago)',
  ],
  [
    'one that is done',
    {
      status: {
        phase: 'Succeeded',
        containerStatuses: [one({ terminated: { reason: 'Completed', exitCode: 0 } })],
      },
    },
    '0/1 Completed 0',
  ],
  [
    'one that failed',
    {
      status: { phase: 'Failed', containerStatuses: [one({ terminated: { reason: 'Error', exitCode: 1 } })] },
    },
    '0/1 Error 0',
  ],
  [
    'one killed without a reason',
    { status: { phase: 'Failed', containerStatuses: [one({ terminated: { exitCode: 137, signal: 9 } })] } },
    '0/1 Signal:9 0',
  ],
  [
    'one of whose two containers is done',
    {
      spec: { containers: [{ name: 'a' }, { name: 'c' }] },
      status: { containerStatuses: [one({ terminated: { reason: 'Completed', exitCode: 0 } }), running] },
    },
    '1/2 NotReady 0',
  ],
  [
    'the same, that is ready all the same',
    {
      spec: { containers: [{ name: 'a' }, { name: 'c' }] },
      status: {
        conditions: [ready],
        containerStatuses: [one({ terminated: { reason: 'Completed', exitCode: 0 } }), running],
      },
    },
    '1/2 Running 0',
  ],
  ['one that goes', { metadata: deleted, status: { containerStatuses: [running] } }, '1/1 Terminating 0'],
  [
    'one that goes from a lost node',
    { metadata: deleted, status: { reason: 'NodeLost', containerStatuses: [running] } },
    '1/1 Unknown 0',
  ],
  ['one that is evicted', { status: { phase: 'Failed', reason: 'Evicted' } }, '0/1 Evicted 0'],
  [
    'one that initializes',
    {
      spec: { initContainers: [{ name: 'i' }, { name: 'j' }] },
      status: {
        phase: 'Pending',
        initContainerStatuses: [one({ terminated: { exitCode: 0 } }), one({ running: {} })],
        containerStatuses: [one({ waiting: { reason: 'PodInitializing' } })],
      },
    },
    '0/1 Init:1/2 0',
  ],
  [
    'one whose first step crashes',
    {
      spec: { initContainers: [{ name: 'i' }] },
      status: {
        initContainerStatuses: [one({ waiting: { reason: 'CrashLoopBackOff' } }, { restartCount: 2 })],
      },
    },
    '0/1 Init:CrashLoopBackOff 2',
  ],
  [
    'one with a sidecar',
    {
      spec: { initContainers: [{ name: 'i', restartPolicy: 'Always' }] },
      status: {
        initContainerStatuses: [{ ...running, name: 'i', started: true, restartCount: 1 }],
        containerStatuses: [running],
      },
    },
    '2/2 Running 1',
  ],
])('%s', (_, shape, expected) => {
  expect(summary(shape)).toBe(expected)
})
