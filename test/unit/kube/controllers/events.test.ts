import { afterEach, expect, test } from 'vitest'
import { ControllerContext } from '../../../../src/kube/controllers/context.ts'
import { startEventExpiry } from '../../../../src/kube/controllers/event-expiry.ts'
import { eventRecorder } from '../../../../src/kube/controllers/event-recorder.ts'
import { safeHash } from '../../../../src/kube/controllers/names.ts'
import { randomSuffix } from '../../../../src/kube/random-name.ts'
import type { Event } from '../../../../src/kube/objects.ts'
import { EVENTS } from '../../../../src/kube/resources.ts'
import { controlPlane, eventually, type ControlPlane } from '../../../helpers/control-plane.ts'

let plane: ControlPlane
afterEach(() => plane?.stop())

const about = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default', uid: 'c47112fd', resourceVersion: '173' },
}

test('a repeated event raises the count of the first one', async () => {
  plane = controlPlane()
  const recorder = eventRecorder({ client: plane.client, component: 'kubelet', host: 'node1' })
  const event = {
    about,
    fieldPath: 'spec.containers{c}',
    type: 'Warning',
    reason: 'BackOff',
    message: 'again',
  } as const
  recorder.record(event)
  await eventually(
    () => plane.client.list(EVENTS),
    ({ items }) => items.length === 1,
  )
  recorder.record(event)
  recorder.record(event)
  const { items } = await eventually(
    () => plane.client.list(EVENTS),
    (list) => list.items[0]?.count === 3,
  )
  expect(items).toHaveLength(1)
  expect(items[0]).toMatchObject({
    metadata: { name: expect.stringMatching(/^p\.[0-9a-f]{16}$/) },
    involvedObject: { ...about.metadata, kind: 'Pod', apiVersion: 'v1', fieldPath: 'spec.containers{c}' },
    source: { component: 'kubelet', host: 'node1' },
    reportingComponent: 'kubelet',
    reportingInstance: 'node1',
    type: 'Warning',
    reason: 'BackOff',
  })
  recorder.stop()
})

test('two components that tell of one object in one millisecond both have their say', async () => {
  plane = controlPlane()
  const now = () => new Date(1_668_000_000_000)
  const recorders = ['default-scheduler', 'kubelet'].map((component) =>
    eventRecorder({ client: plane.client, component, now }),
  )
  for (const recorder of recorders) recorder.record({ about, reason: 'Told', message: 'of p' })
  const { items } = await eventually(
    () => plane.client.list(EVENTS),
    (list) => list.items.length === 2,
  )
  expect(items.map(({ source }) => source?.component)).toEqual(['default-scheduler', 'kubelet'])
  for (const recorder of recorders) recorder.stop()
})

test('the scheduler’s events have an action and a time in microseconds, as events.k8s.io', async () => {
  plane = controlPlane()
  const recorder = eventRecorder({
    client: plane.client,
    component: 'default-scheduler',
    reportingInstance: 'default-scheduler-vm',
  })
  recorder.record({ about, reason: 'Scheduled', message: 'x', action: 'Binding' })
  const { items } = await eventually(
    () => plane.client.list(EVENTS),
    (list) => list.items.length === 1,
  )
  expect(items[0]).toMatchObject({
    action: 'Binding',
    eventTime: expect.stringMatching(/\.\d{6}Z$/),
    reportingComponent: 'default-scheduler',
    reportingInstance: 'default-scheduler-vm',
    source: {},
  })
  expect(items[0]?.count).toBeUndefined()
  recorder.stop()
})

test('hashes are the same for the same value and spell nothing', () => {
  expect(safeHash({ a: 1, b: { c: 2 } })).toBe(safeHash({ b: { c: 2 }, a: 1 }))
  expect(safeHash({ a: 1 })).not.toBe(safeHash({ a: 2 }))
  expect(safeHash({ a: 1 }, 1)).not.toBe(safeHash({ a: 1 }))
  expect(safeHash({ a: 1 })).toMatch(/^[bcdf456789]+$/)
  expect(randomSuffix()).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/)
})

test('events go an hour after they last happened', async () => {
  plane = controlPlane()
  const { client } = plane
  const happened = (
    name: string,
    times: Pick<Event, 'firstTimestamp' | 'lastTimestamp' | 'eventTime' | 'series'>,
  ) =>
    client.create(EVENTS, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: 'default' },
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
      ...times,
    })
  await happened('old', { firstTimestamp: '2100-01-01T08:00:00Z', lastTimestamp: '2100-01-01T08:59:59Z' })
  await happened('repeated', {
    firstTimestamp: '2100-01-01T08:00:00Z',
    lastTimestamp: '2100-01-01T09:00:01Z',
  })
  await happened('series', {
    eventTime: '2100-01-01T08:00:00.000000Z',
    series: { count: 2, lastObservedTime: '2100-01-01T09:30:00.000000Z' },
  })
  const context = new ControllerContext({ client, now: () => new Date('2100-01-01T10:00:00Z') })
  startEventExpiry(context)
  await context.start()
  const { items } = await eventually(
    () => client.list(EVENTS),
    (list) => list.items.every(({ metadata }) => metadata.name !== 'old'),
  )
  expect(items.map(({ metadata }) => metadata.name)).toEqual(['repeated', 'series'])
  context.stop()
})
