import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ApiError } from '../../../../src/kube/client.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { canonical } from '../../../../src/kube/schema/canonical.ts'
import { applyPatch } from '../../../../src/kube/schema/patch.ts'
import { exchange, GOLDEN, typeOf, typeOfObject } from './golden.ts'

interface Case {
  name: string
  current: KubeObject
  patch: unknown
  expected?: KubeObject
  error?: string
}

const cases = JSON.parse(readFileSync(`${GOLDEN}/strategic-cases.json`, 'utf8')) as Case[]

function strategic({ current, patch }: Case): KubeObject {
  return applyPatch('strategic', typeOfObject(current), current, patch)
}

describe('a strategic merge patch does what apimachinery does with it', () => {
  test.each(cases.filter(({ expected }) => expected))('$name', (given) => {
    const before = structuredClone(given)
    expect(strategic(given)).toEqual(given.expected)
    expect(given, 'neither object nor patch is changed').toEqual(before)
  })

  test.each(cases.filter(({ error }) => error))('$name is refused', (given) => {
    expect(() => strategic(given)).toThrow(ApiError)
  })
})

test('a patch of a container’s environment gives the deployment that a real server gives', () => {
  const { request, response } = exchange('patch-strategic')
  const after = response as KubeObject & { spec: { template: { spec: { containers: { env?: unknown }[] } } } }
  const before = structuredClone(after)
  delete before.spec.template.spec.containers[0]?.env
  const type = typeOfObject(after)
  expect(canonical(type, applyPatch('strategic', type, before, request))).toEqual(after)
})

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: '1', b: '2' } }
const type = typeOf('v1', 'ConfigMap')

test('a JSON patch adds, removes, tests and leaves the object it is given alone', () => {
  const patch = [
    { op: 'test', path: '/data/a', value: '1' },
    { op: 'remove', path: '/data/b' },
    { op: 'add', path: '/data/c~1d', value: '3' },
  ]
  const before = structuredClone(CONFIG_MAP)
  expect(applyPatch('json', type, CONFIG_MAP, patch)).toEqual({ ...CONFIG_MAP, data: { a: '1', 'c/d': '3' } })
  expect(CONFIG_MAP).toEqual(before)
})

test.each([
  ['a test that fails', exchange('error-422-json-patch').request],
  ['a path that is not there', [{ op: 'remove', path: '/data/z' }]],
  ['a path into nothing', [{ op: 'add', path: '/spec/x/y', value: 1 }]],
])('%s is the 422 that a real server gives', (_, patch) => {
  const { response } = exchange('error-422-json-patch')
  expect(() => applyPatch('json', type, CONFIG_MAP, patch)).toThrow(
    expect.objectContaining({ status: response }),
  )
})

test.each([
  ['json', {}],
  ['merge', []],
  ['merge', 'x'],
  ['strategic', [1]],
] as const)('a %s patch of the wrong shape is a bad request', (kind, patch) => {
  expect(() => applyPatch(kind, type, CONFIG_MAP, patch)).toThrow(expect.objectContaining({ code: 400 }))
})

test('a merge patch follows RFC 7386', () => {
  const patch = { data: { a: null, z: '9' }, metadata: { labels: { l: 'x', m: null } } }
  expect(applyPatch('merge', type, CONFIG_MAP, patch)).toEqual({
    ...CONFIG_MAP,
    metadata: { name: 'c', labels: { l: 'x' } },
    data: { b: '2', z: '9' },
  })
})
