import { expect, test } from 'vitest'
import type { Deployment, Pod } from '../../../../src/kube/objects.ts'
import { DEPLOYMENTS, PODS } from '../../../../src/kube/resources.ts'
import { valuesAt } from '../../../../src/session/checks/values-at.ts'
import { kubeCheck } from '../../../../src/session/checks/kube.ts'
import { ask } from '../../../../src/session/checks/table.ts'
import { World } from '../../../../src/session/world.ts'
import { labPorts } from '../../../helpers/lab-ports.ts'
import { apiClient } from '../../../helpers/api-client.ts'

async function world() {
  const kube = apiClient()
  const metadata = { namespace: 'default', name: 'hello', labels: { app: 'hello' } }
  const spec = { containers: [{ name: 'hello', image: 'hello' }] }
  await kube.create(PODS, { metadata, spec } as unknown as Pod)
  await kube.create(DEPLOYMENTS, {
    metadata,
    spec: { replicas: 2, selector: { matchLabels: { app: 'hello' } }, template: { metadata, spec } },
  } as unknown as Deployment)
  return new World(labPorts([], kube))
}

test('an object is judged by the value at a path', async () => {
  const check = {
    kind: 'kube',
    resource: 'deployments',
    name: 'hello',
    path: 'spec.replicas',
  } as const
  expect(await kubeCheck({ ...check, atLeast: 2 }, await world())).toMatchObject({ ok: true, seen: '2' })
  expect(await kubeCheck({ ...check, atLeast: 3 }, await world())).toEqual({
    ok: false,
    seen: '2',
    why: 'spec.replicas of Deployment hello is 2, less than 3.',
  })
})

test('objects are counted, and none is not an exception', async () => {
  expect(
    await kubeCheck({ kind: 'kube', resource: 'Pod', count: { equals: 1 } }, await world()),
  ).toMatchObject({ ok: true })
  const absent = { kind: 'kube', resource: 'pods', name: 'gone' } as const
  expect(await kubeCheck(absent, await world())).toEqual({
    ok: false,
    seen: 'nothing',
    why: 'There is no Pod gone.',
  })
  expect(await ask({ ...absent, absent: true }, await world())).toMatchObject({ ok: true })
})

test('an unknown resource is refused with the nearest', async () => {
  await expect(kubeCheck({ kind: 'kube', resource: 'deploments' }, await world())).rejects.toThrowError(
    'did you mean "deployments"?',
  )
})

test.each([
  ['a.b', ['1']],
  ['list[*].name', ['x', 'y']],
  ['list[-1].name', ['y']],
  ["notes['a.b/c']", ['z']],
  ['list[0]', ['{"name":"x"}']],
  ['gone.further', []],
])('the path %s leads to %j', (path, values) => {
  const object = { a: { b: 1 }, list: [{ name: 'x' }, { name: 'y' }], notes: { 'a.b/c': 'z' } }
  expect(valuesAt(object, path)).toEqual(values)
})
