import { PbfReader } from 'pbf'
import { expect, test } from 'vitest'
import * as resources from '../../../../src/kube/resources.ts'
import { OpenApi, openApiOf } from '../../../../src/kube/schema/openapi.ts'
import { loadSchema } from '../../../../src/kube/schema/schema.ts'

const TEXTS = {
  'core/v1.Pod': { '': 'a pod', spec: 'what is wanted' },
  'core/v1.PodSpec': { '': 'the wish' },
  'core/v1.Container': { '': 'a container', image: 'its image' },
}
const { DEPLOYMENTS, NODES, PODS } = resources
const documents = new OpenApi({
  schema: loadSchema(),
  served: [PODS, NODES, DEPLOYMENTS],
  descriptions: () => TEXTS,
})

// oxlint-disable-next-line typescript/no-explicit-any -- documents are looked into at any depth
type Any = any
const v1: Any = JSON.parse(documents.v3('api/v1') ?? '')
const schemas = v1.components.schemas
const v2 = documents.v2() as Any

test('the index names one document a group and version, and changes its hash with the content', () => {
  const { paths } = documents.v3Index() as Any
  expect(Object.keys(paths)).toEqual(['api/v1', 'apis/apps/v1'])
  const url = paths['api/v1'].serverRelativeURL
  expect(url).toMatch(/^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{128}$/)
  const other = new OpenApi({
    schema: loadSchema(),
    served: [PODS],
    descriptions: () => ({}),
  }).v3Index() as Any
  expect(other.paths['api/v1'].serverRelativeURL).not.toBe(url)
  expect(documents.v3('apis/batch/v1')).toBeUndefined()
})

test('a PATCH tells which kind it patches, and that it knows dryRun and fieldValidation', () => {
  const { patch } = v1.paths['/api/v1/namespaces/{namespace}/pods/{name}']
  expect(patch['x-kubernetes-group-version-kind']).toEqual({ group: '', kind: 'Pod', version: 'v1' })
  expect(patch.parameters.map(({ name }: Any) => name)).toEqual([
    'dryRun',
    'fieldManager',
    'fieldValidation',
    'force',
  ])
  expect(Object.keys(patch.requestBody.content)).toContain('application/strategic-merge-patch+json')
  expect(v1.paths).toHaveProperty('/api/v1/nodes/{name}')
})

test('a schema carries descriptions, what is required, and how lists are merged', () => {
  expect(schemas['io.k8s.api.core.v1.Pod']).toMatchObject({
    description: 'a pod',
    type: 'object',
    properties: {
      spec: {
        description: 'what is wanted',
        allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.PodSpec' }],
      },
    },
    'x-kubernetes-group-version-kind': [{ group: '', kind: 'Pod', version: 'v1' }],
  })
  const container = schemas['io.k8s.api.core.v1.Container']
  expect(container.required).toEqual(['name'])
  expect(container.properties.ports).toEqual({
    type: 'array',
    items: { $ref: '#/components/schemas/io.k8s.api.core.v1.ContainerPort' },
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
    'x-kubernetes-patch-merge-key': 'containerPort',
    'x-kubernetes-patch-strategy': 'merge',
  })
  expect(schemas['io.k8s.api.core.v1.ContainerPort'].properties.protocol).toEqual({
    type: 'string',
    default: 'TCP',
  })
  expect(schemas['io.k8s.api.core.v1.LocalObjectReference']['x-kubernetes-map-type']).toBe('atomic')
})

test.each([
  ['OpenAPI 3', v1, '#/components/schemas/', schemas],
  ['Swagger 2', v2, '#/definitions/', v2.definitions],
])('every reference in the %s document leads to a schema', (_, document, prefix, known) => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref)
  expect(references.length).toBeGreaterThan(100)
  const missing = references.filter((ref) => !ref.startsWith(prefix) || !(ref.slice(prefix.length) in known))
  expect(missing).toEqual([])
})

/** Fields of a protobuf message: texts and nested messages alike, as bytes by number. */
function fieldsOf(bytes: Uint8Array): Map<number, Uint8Array[]> {
  const fields = new Map<number, Uint8Array[]>()
  const reader = new PbfReader(bytes)
  reader.readFields((tag) => {
    if (reader.type === 2) fields.set(tag, [...(fields.get(tag) ?? []), Uint8Array.from(reader.readBytes())])
  }, fields)
  return fields
}

const one = (message: Uint8Array, ...path: number[]): Uint8Array =>
  path.reduce((at, tag) => fieldsOf(at).get(tag)?.[0] ?? new Uint8Array(), message)
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
/** The value of a name in a message of repeated pairs. */
function named(map: Uint8Array, tag: number, name: string): Uint8Array {
  const pair = fieldsOf(map)
    .get(tag)
    ?.find((pair) => text(one(pair, 1)) === name)
  return pair ? one(pair, 2) : new Uint8Array()
}

test('the protobuf form says the same as the Swagger document', () => {
  const document = documents.v2Protobuf()
  expect(text(one(document, 1))).toBe('2.0')
  const container = named(one(document, 9), 1, 'io.k8s.api.core.v1.Container')
  expect(text(one(container, 4))).toBe('a container')
  expect(text(one(container, 19))).toBe('name')
  const ports = named(one(container, 25), 1, 'ports')
  expect(text(one(ports, 22, 1))).toBe('array')
  expect(text(one(ports, 23, 1, 1))).toBe('#/definitions/io.k8s.api.core.v1.ContainerPort')
  expect(JSON.parse(text(one(named(ports, 31, 'x-kubernetes-patch-merge-key'), 2)))).toBe('containerPort')
  const labels = named(
    one(named(one(document, 9), 1, 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'), 25),
    1,
    'labels',
  )
  expect(text(one(labels, 21, 1, 22, 1))).toBe('string')
  const patch = one(named(one(document, 8), 2, '/apis/apps/v1/namespaces/{namespace}/deployments/{name}'), 8)
  const parameters = fieldsOf(patch)
    .get(8)
    ?.map((item) => text(one(item, 1, 2, 3, 4)))
  expect(parameters).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force'])
  const kind = JSON.parse(text(one(named(patch, 13, 'x-kubernetes-group-version-kind'), 2)))
  expect(kind).toEqual({ group: 'apps', kind: 'Deployment', version: 'v1' })
})

test('every kind that resources.ts names is in the documents served', () => {
  const documents = openApiOf([])
  const { paths } = documents.v3Index() as Any
  for (const { group, version, kind } of Object.values(resources)) {
    const name = group ? `apis/${group}/${version}` : `api/${version}`
    expect(paths).toHaveProperty([name])
    expect(documents.v3(name)).toContain(`"kind":"${kind}"`)
  }
  expect(documents.v3('apis/discovery.k8s.io/v1')).toContain('"io.k8s.api.discovery.v1.EndpointSlice"')
  const json = documents.v2Body('application/json')
  expect(json.contentType).toBe('application/json')
  expect(JSON.parse(text(json.body)).definitions).toHaveProperty(['io.k8s.api.coordination.v1.Lease'])
  const binary = documents.v2Body('application/com.github.proto-openapi.spec.v2@v1.0+protobuf')
  expect(binary.contentType).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
  expect(binary.body.length).toBeGreaterThan(10_000)
})
