import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { canonical } from '../../../../src/kube/schema/canonical.ts'
import { decodeProtobuf } from '../../../../src/kube/schema/protobuf.ts'
import { GOLDEN, typeOfObject } from './golden.ts'

interface Case {
  name: string
  object: KubeObject
  /** Base64 of what client-go's protobuf serializer makes of the object. */
  body: string
}

const cases = JSON.parse(readFileSync(`${GOLDEN}/protobuf-cases.json`, 'utf8')) as Case[]

describe('a protobuf body is read as the object that client-go wrote', () => {
  test.each(cases)('$name', ({ object, body }) => {
    expect(decodeProtobuf(Buffer.from(body, 'base64'))).toEqual(object)
  })
})

describe('upstream’s own JSON is canonical already', () => {
  test.each(cases)('$name', ({ object }) => {
    expect(JSON.stringify(canonical(typeOfObject(object), object))).toBe(JSON.stringify(object))
  })
})

const bytes = (name: string) => Buffer.from(cases.find((one) => one.name === name)?.body ?? '', 'base64')

test.each([
  ['without the magic', () => Buffer.from('{"kind":"Pod"}')],
  ['cut short', () => bytes('a config map').subarray(0, 40)],
  ['empty', () => Buffer.alloc(0)],
  [
    'of an unknown kind',
    () => Buffer.from(bytes('a config map').toString('latin1').replace('ConfigMap', 'ConfigMop'), 'latin1'),
  ],
])('a body %s is a bad request', (_, body) => {
  expect(() => decodeProtobuf(body())).toThrow(expect.objectContaining({ code: 400 }))
})
