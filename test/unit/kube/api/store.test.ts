import { expect, test } from 'vitest'
import { Store } from '../../../../src/kube/api/store/store.ts'
import type { StoreEvent } from '../../../../src/kube/api/store/collection.ts'
import { sameJson, tidyCopy } from '../../../../src/kube/api/store/json.ts'
import { CONFIG_MAPS, SECRETS } from '../../../../src/kube/resources.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'

const named = (name: string, namespace = 'default'): KubeObject => ({ metadata: { name, namespace } })
const names = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata?.name)
const told = ({ type, revision, object }: StoreEvent) => `${type} ${object.metadata?.name} ${revision}`
const turn = () => new Promise(setImmediate)

test('Every change takes the next number of one counter, whatever its kind.', () => {
  const store = new Store()
  store.put(CONFIG_MAPS, named('a'))
  store.put(SECRETS, named('s'))
  const again = store.put(CONFIG_MAPS, named('a'))
  expect(again.metadata?.resourceVersion).toBe('3')
  expect(store.remove(SECRETS, named('s')).metadata?.resourceVersion).toBe('4')
  expect(store.get(SECRETS, { namespace: 'default', name: 's' })).toBeUndefined()
})

test('Lists are in order of namespace and name, and stay as they were handed out.', () => {
  const store = new Store()
  for (const name of ['c', 'a', 'b-1', 'b']) store.put(CONFIG_MAPS, named(name))
  store.put(CONFIG_MAPS, named('z', 'apps'))
  const before = store.list(CONFIG_MAPS)
  expect(names(before)).toEqual(['z', 'a', 'b', 'b-1', 'c'])
  store.remove(CONFIG_MAPS, named('b'))
  expect(names(store.list(CONFIG_MAPS, 'default'))).toEqual(['a', 'b-1', 'c'])
  expect(before.length).toBe(5)
})

test('A listener hears of later changes in order, even of those that listeners make.', async () => {
  const store = new Store()
  const heard: string[] = []
  store.put(CONFIG_MAPS, named('before'))
  store.subscribe(CONFIG_MAPS, (event) => {
    if (event.type === 'ADDED' && event.object.metadata?.name === 'a') store.put(CONFIG_MAPS, named('b'))
  })
  store.subscribe(CONFIG_MAPS, (event) => heard.push(told(event)))
  store.put(CONFIG_MAPS, named('a'))
  store.put(CONFIG_MAPS, named('a'))
  store.remove(CONFIG_MAPS, named('a'))
  expect(heard).toEqual([])
  await turn()
  expect(heard).toEqual(['ADDED a 2', 'MODIFIED a 3', 'DELETED a 4', 'ADDED b 5'])
})

test('An unsubscribed listener hears nothing more, not even what is on its way.', async () => {
  const store = new Store()
  const heard: string[] = []
  const unsubscribe = store.subscribe(CONFIG_MAPS, (event) => heard.push(told(event)))
  store.put(CONFIG_MAPS, named('a'))
  unsubscribe()
  await turn()
  expect(heard).toEqual([])
})

test('The history goes back over the last thousand changes of a kind and no further than it knows.', () => {
  const store = new Store()
  for (let i = 0; i < 5000; i++) store.put(CONFIG_MAPS, named('a'))
  const { revision } = store
  expect(store.collection(CONFIG_MAPS).since(revision - 1000)?.length).toBe(1000)
  expect(store.collection(CONFIG_MAPS).since(1)).toBeUndefined()
  expect(store.collection(SECRETS).since(1)).toEqual([])
})

test('A tidy copy drops nulls and shares what is the same.', () => {
  const like = { a: { b: [1, { c: 2 }] }, d: 'x' }
  const copy = tidyCopy({ a: { b: [1, { c: 2, n: null }] }, d: 'y', u: undefined }, like)
  expect(copy).toEqual({ a: { b: [1, { c: 2 }] }, d: 'y' })
  expect(copy.a).toBe(like.a)
  expect(tidyCopy(structuredClone(like), like)).toBe(like)
})

test('Two values are the same JSON whatever the order of their fields.', () => {
  expect(sameJson({ a: 1, b: [{ c: 2 }] }, { b: [{ c: 2 }], a: 1 })).toBe(true)
  expect(sameJson({ a: 1 }, { a: 1, b: 2 })).toBe(false)
  expect(sameJson([1, 2], [2, 1])).toBe(false)
  expect(sameJson({}, [])).toBe(false)
})
