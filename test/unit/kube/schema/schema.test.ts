import { expect, test } from 'vitest'
import { readDescriptions } from '../../../../.config/descriptions.mjs'
import facts from '../../../../src/kube/schema/facts.json' with { type: 'json' }
import * as resources from '../../../../src/kube/resources.ts'
import { canonical } from '../../../../src/kube/schema/canonical.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { loadSchema, type TypeRef, type TypeSchema } from '../../../../src/kube/schema/schema.ts'
import { typeOf, typeOfObject } from './golden.ts'

test('every kind that resources.ts names has a type, and so has its list', () => {
  const schema = loadSchema()
  const unknown = Object.values(resources).flatMap(({ group, version, kind }) =>
    [kind, `${kind}List`].filter((name) => !schema.typeOf(group, version, name)),
  )
  expect(unknown).toEqual([])
})

test('delete options belong to every group', () => {
  expect(typeOf('apps/v1', 'DeleteOptions')).toBe(typeOf('v1', 'DeleteOptions'))
  expect(loadSchema().typeOf('apps', 'v1', 'Pod')).toBeUndefined()
})

function structsOf(type: TypeSchema, seen = new Set<TypeSchema>()): Set<TypeSchema> {
  if (seen.has(type)) return seen
  seen.add(type)
  const inner = (ref: TypeRef): void => {
    if (ref.kind === 'struct') structsOf(ref.type, seen)
    else if (ref.kind === 'list' || ref.kind === 'map') inner(ref.of)
  }
  for (const field of type.fields.values()) inner(field.type)
  return seen
}

test('every list that is a map has keys, and its items have them as fields', () => {
  const pod = structsOf(typeOf('v1', 'Pod'))
  expect(pod.size).toBeGreaterThan(100)
  const wrong = [...pod].flatMap(({ name, fields }) =>
    [...fields.values()].flatMap(({ name: field, type }) => {
      if (type.kind !== 'list' || type.owned !== 'map') return []
      const items = type.of.kind === 'struct' ? type.of.type.fields : new Map()
      return type.keys.length > 0 && type.keys.every((key) => items.has(key)) ? [] : [`${name}.${field}`]
    }),
  )
  expect(wrong).toEqual([])
})

test('fields know their protobuf tags; kind and apiVersion are no part of the message', () => {
  const { fields, embedded } = typeOf('v1', 'Service')
  expect(fields.get('spec')?.tag).toBe(2)
  expect(embedded.map(({ type, tag }) => [type.name, tag])).toEqual([
    ['io.k8s.apimachinery.pkg.apis.meta.v1.TypeMeta', undefined],
  ])
})

test('canonical drops what Go drops, adds what Go adds, and orders as Go orders', () => {
  const object = {
    metadata: { labels: { z: '1', a: '2' }, name: 'p', creationTimestamp: null, foo: 1 },
    spec: {
      containers: [{ image: 'i', name: 'c', env: [], tty: false, resources: { limits: { cpu: 0.5 } } }],
      hostname: '',
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
    },
    apiVersion: 'v1',
    kind: 'Pod',
  } as unknown as KubeObject
  const expected = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: 'p', labels: { a: '2', z: '1' } },
    spec: {
      containers: [{ name: 'c', image: 'i', resources: { limits: { cpu: '500m' } } }],
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
    },
    status: {},
  }
  const result = canonical(typeOfObject(object), object)
  expect(JSON.stringify(result)).toBe(JSON.stringify(expected))
  expect(canonical(typeOfObject(object), result), 'twice is once').toBe(result)
})

test('the build finds descriptions for all types but those that have no model', () => {
  const descriptions = readDescriptions()
  const without = Object.keys(facts).filter((name) => !descriptions[name]?.[''])
  expect(without.toSorted()).toEqual([
    'apiextensions/v1.CustomResourceSubresourceStatus',
    'authentication/v1.TokenRequest',
    'core/v1.EphemeralContainerCommon',
    'core/v1.ProbeHandler',
    'core/v1.VolumeSource',
    'meta/v1.List',
    'meta/v1.TypeMeta',
  ])
  expect(descriptions['core/v1.PodSpec']?.['setHostnameAsFQDN']).not.toMatch(/\\[^\\]?"/)
})
