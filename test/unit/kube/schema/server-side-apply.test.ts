import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ApiError } from '../../../../src/kube/client.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { canonical } from '../../../../src/kube/schema/canonical.ts'
import { trackUpdate } from '../../../../src/kube/schema/managed-fields.ts'
import { applyPatch } from '../../../../src/kube/schema/patch.ts'
import type { TypeSchema } from '../../../../src/kube/schema/schema.ts'
import { applyServerSide } from '../../../../src/kube/schema/server-side-apply.ts'
import { exchange, GOLDEN, typeOfObject } from './golden.ts'

interface Step {
  op: 'create' | 'update' | 'apply'
  manager: string
  subresource?: string
  force?: boolean
  object: KubeObject
  /** The object, or `{ error, code, details }`. */
  expected: KubeObject & { error?: string }
}

const now = new Date('2026-11-21T10:25:40Z')

function perform(type: TypeSchema, live: KubeObject | undefined, step: Step): KubeObject {
  const { op, manager, subresource, force = false, object } = step
  if (op === 'apply') return applyServerSide(type, live, object, { manager, subresource, force, now })
  const sent = op === 'create' ? object : applyPatch('merge', type, live ?? {}, object)
  return trackUpdate(type, live, canonical(type, sent), { manager, subresource, now })
}

/** As the oracle prints: with a uid, and times only told from no times. */
function shown(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata ?? {}
  const entries = managedFields?.map((entry) => ('time' in entry ? { ...entry, time: 'T' } : entry))
  const all = { ...metadata, uid: 'u', ...(entries ? { managedFields: entries } : {}) }
  return { ...object, metadata: all }
}

function run(
  type: TypeSchema,
  live: KubeObject | undefined,
  step: Step,
): { live?: KubeObject; outcome: unknown } {
  try {
    const next = perform(type, live, step)
    return { live: next, outcome: shown(next) }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const { message, code, details } = error.status
    return { outcome: { error: message, code, details } }
  }
}

const cases = JSON.parse(readFileSync(`${GOLDEN}/apply-cases.json`, 'utf8')) as {
  name: string
  steps: Step[]
}[]

describe('each step leaves the object, owners and conflicts that structured-merge-diff leaves', () => {
  test.each(cases)('$name', ({ steps }) => {
    let live: KubeObject | undefined
    for (const [i, step] of steps.entries()) {
      const type = typeOfObject(steps[0]?.object ?? {})
      const after = run(type, live, step)
      expect(after.outcome, `step ${i}`).toEqual(step.expected)
      live = after.live ?? live
      if (live) live = { ...live, metadata: { ...live.metadata, uid: 'u' } }
    }
  })
})

test('the recorded exchange of two appliers of a config map is repeated word for word', () => {
  const setup = exchange('error-422-apply-conflict-setup')
  const conflict = exchange('error-409-apply-conflict')
  const forced = exchange('apply-force')
  const type = typeOfObject(setup.request as KubeObject)
  const apply = (live: KubeObject | undefined, applied: unknown, manager: string, force: boolean) =>
    applyServerSide(type, live, applied as KubeObject, { manager, force, now })
  const created = apply(undefined, setup.request, 'one', false)
  const entries = (object: unknown) => JSON.stringify((object as KubeObject).metadata?.managedFields)
  expect(entries(created)).toBe(entries(setup.response))
  expect(() => apply(created, conflict.request, 'two', false)).toThrow(
    expect.objectContaining({ status: conflict.response }),
  )
  const taken = apply(created, forced.request, 'two', true)
  expect(entries(taken)).toBe(entries(forced.response))
  const patched = exchange('patch-json')
  const after = applyPatch('json', type, taken, patched.request)
  expect(entries(trackUpdate(type, taken, after, { manager: '', now }))).toBe(entries(patched.response))
})

test('an apply that brings its own managedFields is refused', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', managedFields: [] } }
  expect(() =>
    applyServerSide(typeOfObject(object), undefined, object, { manager: 'a', force: false, now }),
  ).toThrow('metadata.managedFields must be nil')
})

// The messages are structured-merge-diff's, but for how a wrong value itself is printed.
test.each([
  ['an unknown field', { foo: 1 }, '.spec.foo: field not declared in schema'],
  [
    'an unknown field of an item',
    { template: { spec: { containers: [{ name: 'a', imagee: 'x' }] } } },
    '.spec.template.spec.containers[name="a"].imagee: field not declared in schema',
  ],
  ['a text for a number', { replicas: '3' }, '.spec.replicas: expected numeric (int or float), got 3'],
  ['a text for a map', { selector: 'x' }, '.spec.selector: expected map, got x'],
  [
    'the same item twice',
    { template: { spec: { containers: [{ name: 'a' }, { name: 'a' }] } } },
    '.spec.template.spec.containers: duplicate entries for key [name="a"]',
  ],
  [
    'an item that is no map',
    { template: { spec: { containers: ['x'] } } },
    '.spec.template.spec.containers: element 0: associative list with keys may not have non-map elements',
  ],
  [
    'two mistakes',
    { paused: 1, template: { spec: { tolerations: [{ foo: 1 }] } } },
    'errors:\n  .spec.paused: expected boolean, got 1\n  .spec.template.spec.tolerations[0].foo: field not declared in schema',
  ],
])('%s in what is applied is refused', (_, spec, message) => {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', namespace: 'default' },
    spec,
  }
  const failed = `failed to create typed patch object (default/d; apps/v1, Kind=Deployment): ${message}`
  expect(() =>
    applyServerSide(typeOfObject(object), undefined, object, { manager: 'a', force: false, now }),
  ).toThrow(expect.objectContaining({ code: 500, message: failed }))
})

test('what fits the schema but not the Go type is refused too', () => {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { replicas: 1.5 },
  }
  expect(() =>
    applyServerSide(typeOfObject(object), undefined, object, { manager: 'a', force: false, now }),
  ).toThrow(/^failed to convert new object \(\/d; apps\/v1, Kind=Deployment\) to proper version: /)
})
