import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import type { RegistryContext } from '../../../../src/kube/registry/definition.ts'
import { definitionOf } from './golden.ts'

const NOW = new Date('2026-11-21T10:05:00Z')
const context: RegistryContext = { now: () => NOW, list: () => [] }
const named = (name: string, fields: object, namespace?: string) =>
  ({
    metadata: { name, ...(namespace && { namespace }), creationTimestamp: '2026-11-21T10:00:00Z' },
    ...fields,
  }) as KubeObject
const created = (plural: string, object: KubeObject) => definitionOf(plural).prepareForCreate(object, context)
const faults = (plural: string, object: KubeObject) =>
  definitionOf(plural)
    .validate(created(plural, object), context)
    .map(({ field, message }) => `${field}: ${message}`)
const row = (plural: string, object: KubeObject) =>
  definitionOf(plural).columns.map((column) => `${column.name}: ${column.cell(created(plural, object), NOW)}`)

/** pkg/printers/internalversion and pkg/apis/rbac/validation of kubernetes 1.36. */
describe('kinds that are kept and not acted on', () => {
  const ROLE = { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }
  const BINDING = {
    roleRef: { kind: 'ClusterRole', name: 'calico-node' },
    subjects: [
      { kind: 'ServiceAccount', name: 'calico-node', namespace: 'kube-system' },
      { kind: 'Group', name: 'system:nodes' },
    ],
  }

  test('roles are listed with their names, in which colons may be, and when they were made', () => {
    expect(row('clusterroles', named('system:node', ROLE))).toEqual([
      'Name: system:node',
      'Created At: 2026-11-21T10:00:00Z',
    ])
    expect(faults('clusterroles', named('system:node', ROLE))).toEqual([])
    expect(faults('clusterroles', named('a/b', ROLE))).toEqual([
      `metadata.name: Invalid value: "a/b": may not contain '/'`,
    ])
  })

  test('bindings are listed with the role, and with who has it when asked for more', () => {
    expect(row('clusterrolebindings', named('calico-node', BINDING))).toEqual([
      'Name: calico-node',
      'Role: ClusterRole/calico-node',
      'Age: 5m',
      'Users: ',
      'Groups: system:nodes',
      'ServiceAccounts: kube-system/calico-node',
    ])
  })

  test('a binding names its API group though the writer did not', () => {
    const binding = created('clusterrolebindings', named('calico-node', BINDING))
    expect(binding).toMatchObject({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io' },
      subjects: [{ kind: 'ServiceAccount' }, { apiGroup: 'rbac.authorization.k8s.io' }],
    })
    expect(faults('clusterrolebindings', binding)).toEqual([])
  })

  test('a binding keeps its role', () => {
    const before = created('rolebindings', named('a', BINDING, 'x'))
    const after = created(
      'rolebindings',
      named('a', { ...BINDING, roleRef: { kind: 'Role', name: 'b' } }, 'x'),
    )
    expect(definitionOf('rolebindings').validateUpdate(after, before, context)).toMatchObject([
      { field: 'roleRef', message: expect.stringContaining('cannot change roleRef') as string },
    ])
  })

  test('rules that allow nothing are refused', () => {
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: [] }, { verbs: ['get'] }]
    expect(faults('roles', named('a', { rules }, 'x'))).toEqual([
      'rules[0].verbs: Required value: verbs must contain at least one value',
      'rules[1].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[1].resources: Required value: resource rules must supply at least one resource',
    ])
  })

  test('a budget says either how many stay or how many go', () => {
    const budget = { spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'a' } } } }
    expect(row('poddisruptionbudgets', named('a', budget, 'x'))).toEqual([
      'Name: a',
      'Min Available: N/A',
      'Max Unavailable: 1',
      'Allowed Disruptions: 0',
      'Age: 5m',
    ])
    expect(faults('poddisruptionbudgets', named('a', budget, 'x'))).toEqual([])
    const both = { spec: { ...budget.spec, minAvailable: '50%' } }
    expect(faults('poddisruptionbudgets', named('a', both, 'x')).join()).toContain('cannot be both set')
  })
})
