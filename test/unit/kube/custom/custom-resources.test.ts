import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createApiServer, type ApiServer } from '../../../../src/kube/api/api-server.ts'
import type { KubeClient } from '../../../../src/kube/client.ts'
import { customResourceType } from '../../../../src/kube/custom-resource-type.ts'
import type { CustomResourceDefinition, KubeObject } from '../../../../src/kube/objects.ts'
import { createRegistry } from '../../../../src/kube/registry/registry.ts'
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../../../src/kube/resources.ts'
import { loadSchema } from '../../../../src/kube/schema/schema.ts'
import {
  CALICO,
  CRONTABS,
  CRONTABS_FILE,
  cronTab,
  definitionsIn,
  goldenObjects,
  goldenText,
  install,
} from './fixtures.ts'

let server: ApiServer
let client: KubeClient
beforeEach(() => {
  server = createApiServer({ registry: createRegistry(), schema: loadSchema() })
  client = server.client
})
afterEach(() => server.close())

const KEY = { namespace: 'default', name: 'a' }
const nameOf = (crd: string) => ({ name: crd })
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'no refusal',
    (error: Error) => error.message,
  )

describe('a definition', () => {
  test('is given its names, conditions and stored versions at once.', async () => {
    const [given] = definitionsIn(CRONTABS_FILE)
    const { spec, status, metadata } = await client.create(
      CUSTOM_RESOURCE_DEFINITIONS,
      given as CustomResourceDefinition,
    )
    expect(spec.names).toMatchObject({ singular: 'crontab', listKind: 'CronTabList' })
    expect(spec.conversion).toEqual({ strategy: 'None' })
    expect(metadata.generation).toBe(1)
    expect(status?.acceptedNames).toEqual(spec.names)
    expect(status?.storedVersions).toEqual(['v1'])
    expect(status?.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`)).toEqual([
      'NamesAccepted True NoConflicts',
      'Established True InitialNamesAccepted',
    ])
  })

  test('whose names are taken is not served until they are free.', async () => {
    await install(client, CRONTABS_FILE)
    const [crd] = definitionsIn(CRONTABS_FILE) as [CustomResourceDefinition]
    const names = { plural: 'others', kind: 'CronTab', listKind: 'Others' }
    const other = { ...crd, metadata: { name: 'others.stable.example.com' }, spec: { ...crd.spec, names } }
    const made = await client.create(CUSTOM_RESOURCE_DEFINITIONS, other)
    expect(made.status?.conditions?.[0]).toMatchObject({
      reason: 'KindConflict',
      message: '"CronTab" is already in use',
    })
    expect(customResourceType(made)).toBeUndefined()
    const others = { ...CRONTABS, plural: 'others' }
    expect(await refusal(client.list(others))).toBe('the server could not find the requested resource')
    await client.delete(CUSTOM_RESOURCE_DEFINITIONS, nameOf('crontabs.stable.example.com'))
    expect((await client.list(others)).items).toEqual([])
  })

  test('may change its schema, but not its names.', async () => {
    await install(client, CRONTABS_FILE)
    const key = nameOf('crontabs.stable.example.com')
    const path = '/spec/versions/1/schema/openAPIV3Schema/properties/spec/properties'
    const more = [{ op: 'add', path: `${path}/more`, value: { type: 'string' } }]
    const changed = await client.patch(CUSTOM_RESOURCE_DEFINITIONS, key, more, { type: 'json' })
    expect(changed.metadata.generation).toBe(2)
    expect((await client.create(CRONTABS, cronTab('a', { more: 'x' }))).spec['more']).toBe('x')
    const renamed = { spec: { names: { kind: 'Other' }, scope: 'Cluster' } }
    expect(await refusal(client.patch(CUSTOM_RESOURCE_DEFINITIONS, key, renamed, { type: 'merge' }))).toBe(
      'CustomResourceDefinition.apiextensions.k8s.io "crontabs.stable.example.com" is invalid: [spec.scope: Invalid value: "Cluster": field is immutable, spec.names.kind: Invalid value: "Other": field is immutable]',
    )
  })

  test('takes its objects along, and waits for those that have finalizers.', async () => {
    await install(client, CRONTABS_FILE)
    await client.create(CRONTABS, cronTab('a'))
    const held = cronTab('b')
    await client.create(CRONTABS, {
      ...held,
      metadata: { ...held.metadata, finalizers: ['example.com/held'] },
    })
    const key = nameOf('crontabs.stable.example.com')
    await client.delete(CUSTOM_RESOURCE_DEFINITIONS, key)
    const waiting = await client.get(CUSTOM_RESOURCE_DEFINITIONS, key)
    expect(waiting?.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io'])
    expect(waiting?.status?.conditions?.at(-1)).toMatchObject({ type: 'Terminating', status: 'True' })
    expect((await client.list(CRONTABS)).items.map(({ metadata }) => metadata?.name)).toEqual(['b'])
    expect(await refusal(client.create(CRONTABS, cronTab('c')))).toContain(
      'is forbidden: create not allowed while custom resource definition is terminating',
    )
    await client.patch(CRONTABS, { ...KEY, name: 'b' }, { metadata: { finalizers: null } }, { type: 'merge' })
    expect(await client.get(CUSTOM_RESOURCE_DEFINITIONS, key)).toBeUndefined()
    expect(await refusal(client.list(CRONTABS))).toBe('the server could not find the requested resource')
    await install(client, CRONTABS_FILE)
    expect((await client.list(CRONTABS)).items).toEqual([])
  })
})

describe('Calico', () => {
  beforeEach(() => install(client, CALICO))

  test.each(['ippools', 'ipamblocks', 'blockaffinities', 'globalnetworkpolicies'])(
    '%s come back as a real API server had stored them.',
    async (plural) => {
      const crd = await client.get(CUSTOM_RESOURCE_DEFINITIONS, nameOf(`${plural}.crd.projectcalico.org`))
      const type = customResourceType(crd as CustomResourceDefinition)
      if (!type) throw new Error('not established')
      for (const stored of goldenObjects(`crd-${plural}.yaml`)) {
        const { name = '', annotations, labels } = stored.metadata ?? {}
        const sent = {
          ...stored,
          metadata: { name, ...(annotations && { annotations }), ...(labels && { labels }) },
        }
        await client.create(type, sent)
        const { metadata, ...rest } = (await client.get(type, { name })) ?? {}
        const { metadata: _metadata, ...expected } = stored
        expect(rest).toEqual(expected)
        expect(metadata).toMatchObject({ annotations, generation: 1 })
      }
    },
  )

  test('A bad policy is refused as by a real API server.', async () => {
    const spec = { selector: "app == 'web'", ingress: [{ action: 'Permit' }] }
    const type = {
      ...CRONTABS,
      group: 'crd.projectcalico.org',
      plural: 'globalnetworkpolicies',
      kind: 'GlobalNetworkPolicy',
      namespaced: false,
    }
    const said = await refusal(
      client.create<KubeObject>(type, { metadata: { name: 'bad' }, spec } as KubeObject),
    )
    expect(goldenText('bad-action.txt')).toContain(`[${said}]`)
  })
})

describe('an object', () => {
  beforeEach(() => install(client, CRONTABS_FILE))

  test('is pruned and has defaults; nulls stay where they may be.', async () => {
    const given = {
      note: null,
      image: null,
      odd: 1,
      ports: [{ name: 'http', odd: 2 }],
      free: { any: [{ thing: null }] },
    }
    const { spec } = await client.create(CRONTABS, cronTab('a', given))
    expect(spec).toEqual({
      cronSpec: '* * * * *',
      note: null,
      image: 'busybox',
      replicas: 1,
      ports: [{ name: 'http', protocol: 'TCP' }],
      free: { any: [{ thing: null }] },
    })
  })

  test('has a generation, which metadata and the status do not raise.', async () => {
    await client.create(CRONTABS, cronTab('a'))
    const generation = async () => (await client.get(CRONTABS, KEY))?.metadata?.generation
    const merge = { type: 'merge' } as const
    await client.patch(CRONTABS, KEY, { metadata: { labels: { a: 'b' } }, status: { replicas: 1 } }, merge)
    expect((await client.get(CRONTABS, KEY))?.status).toBeUndefined()
    const status = { ...merge, subresource: 'status' } as const
    const patched = await client.patch(
      CRONTABS,
      KEY,
      { spec: { replicas: 9 }, status: { replicas: 1 } },
      status,
    )
    expect(patched).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 1 } })
    expect(await generation()).toBe(1)
    await client.patch(CRONTABS, KEY, { spec: { replicas: 2 } }, merge)
    expect(await generation()).toBe(2)
  })

  test('is in all served versions, and stored in one.', async () => {
    await client.create(
      { ...CRONTABS, version: 'v1beta1' },
      { ...cronTab('a'), apiVersion: 'stable.example.com/v1beta1' },
    )
    expect((await client.get(CRONTABS, KEY))?.apiVersion).toBe('stable.example.com/v1')
    const { items } = await client.list({ ...CRONTABS, version: 'v1beta1' })
    expect(items.map(({ apiVersion }) => apiVersion)).toEqual(['stable.example.com/v1beta1'])
  })

  test('must be replaced by version.', async () => {
    const made = await client.create(CRONTABS, cronTab('a'))
    expect(await refusal(client.update(CRONTABS, cronTab('a', { replicas: 2 })))).toBe(
      'crontabs.stable.example.com "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    )
    expect(
      (await client.update(CRONTABS, { ...made, spec: { ...made.spec, replicas: 2 } })).spec['replicas'],
    ).toBe(2)
  })

  test('has a scale, at the paths of its definition.', async () => {
    await client.create(CRONTABS, cronTab('a'))
    const scale = { type: 'merge', subresource: 'scale' } as const
    const scaled = await client.patch<KubeObject>(CRONTABS, KEY, { spec: { replicas: 4 } }, scale)
    expect(scaled).toMatchObject({ kind: 'Scale', spec: { replicas: 4 }, status: { replicas: 0 } })
    expect((await client.get(CRONTABS, KEY))?.spec['replicas']).toBe(4)
    expect(await refusal(client.patch(CRONTABS, KEY, { spec: { replicas: 40 } }, scale))).toContain(
      'spec.replicas: Invalid value: 40: spec.replicas in body should be less than or equal to 10',
    )
  })

  test('is applied item by item where its lists say so, and conflicts there.', async () => {
    const apply = (fieldManager: string, spec: Record<string, unknown>) =>
      client.patch(CRONTABS, KEY, cronTab('a', spec), { type: 'apply', fieldManager })
    await apply('one', { ports: [{ name: 'http', port: 80 }], free: { a: { x: 1 } } })
    const both = await apply('two', { ports: [{ name: 'dns', port: 53 }], free: { a: { y: [1] } } })
    expect(both.spec).toMatchObject({
      ports: [
        { name: 'http', port: 80, protocol: 'TCP' },
        { name: 'dns', port: 53, protocol: 'TCP' },
      ],
      free: { a: { x: 1, y: [1] } },
    })
    const owned = both.metadata?.managedFields?.find(({ manager }) => manager === 'two')?.fieldsV1
    expect(owned).toEqual({
      'f:spec': {
        'f:cronSpec': {},
        'f:free': { 'f:a': { 'f:y': {} } },
        'f:ports': { 'k:{"name":"dns"}': { '.': {}, 'f:name': {}, 'f:port': {} } },
      },
    })
    expect(await refusal(apply('two', { ports: [{ name: 'http', port: 81 }] }))).toBe(
      'Apply failed with 1 conflict: conflict with "one": .spec.ports[name="http"].port',
    )
    const left = await apply('one', {})
    expect(left.spec).toMatchObject({ ports: [{ name: 'dns' }], free: { a: { y: [1] } } })
    expect(await refusal(apply('one', { odd: 1 }))).toContain('.spec.odd: field not declared in schema')
  })

  test('is found by name, by label and by the fields that its definition selects.', async () => {
    await client.create(CRONTABS, cronTab('a', { image: 'one' }))
    await client.create(CRONTABS, cronTab('b', { image: 'two' }))
    const found = async (fieldSelector: string) =>
      (await client.list(CRONTABS, { fieldSelector })).items.map(({ metadata }) => metadata?.name)
    expect(await found('metadata.name=b')).toEqual(['b'])
    expect(await found('spec.image!=two')).toEqual(['a'])
    expect(await refusal(found('spec.replicas=1'))).toBe('field label not supported: spec.replicas')
  })

  test('comes to an informer that was made of its definition.', async () => {
    const crd = await client.get(CUSTOM_RESOURCE_DEFINITIONS, nameOf('crontabs.stable.example.com'))
    const type = customResourceType(crd as CustomResourceDefinition)
    expect(type).toEqual(CRONTABS)
    const seen: string[] = []
    const informer = client.informer(CRONTABS)
    informer.onChange(({ type: change, object }) => seen.push(`${change} ${object.metadata?.name}`))
    await client.create(CRONTABS, cronTab('a'))
    await client.delete(CRONTABS, KEY)
    await client.delete(CUSTOM_RESOURCE_DEFINITIONS, nameOf('crontabs.stable.example.com'))
    await install(client, CRONTABS_FILE)
    await client.create(CRONTABS, cronTab('b'))
    expect(seen).toEqual(['added a', 'deleted a', 'added b'])
    informer.stop()
  })
})
