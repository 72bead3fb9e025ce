import type { ReplicaSet } from '../objects.ts'
import { REPLICA_SETS } from '../resources.ts'
import { AGE, integer, NAME } from './columns.ts'
import { define, keepStatus, onlyStatus } from './define.ts'
import { invalid } from './field-error.ts'
import { firstGeneration, nextGeneration } from './generation.ts'
import { sameValue } from './same-value.ts'
import { defaultTemplate, templateColumns, validateCounts, validateTemplate } from './template.ts'

function withDefaults(set: ReplicaSet): ReplicaSet {
  const { spec } = set
  return {
    ...set,
    spec: {
      ...(spec as NonNullable<ReplicaSet['spec']>),
      replicas: spec?.replicas ?? 1,
      template: defaultTemplate(spec?.template),
    },
  }
}

export const replicaSets = define<ReplicaSet>(REPLICA_SETS, {
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  subresources: ['status', 'scale'],
  columns: [
    NAME,
    integer('Desired', 'Pods wanted.', ({ spec }) => spec?.replicas ?? 0),
    integer('Current', 'Pods there are.', ({ status }) => status?.replicas ?? 0),
    integer('Ready', 'Pods that are ready.', ({ status }) => status?.readyReplicas ?? 0),
    AGE,
    ...templateColumns<ReplicaSet>(),
  ],
  prepareForCreate: (set) => firstGeneration({ ...withDefaults(set), status: { replicas: 0 } }),
  prepareForUpdate(set, current, _context, subresource) {
    if (subresource === 'status') return onlyStatus(set, current)
    return nextGeneration(keepStatus(withDefaults(set), current), current, ({ spec }) => spec)
  },
  validate: (set) => [
    ...validateCounts({ replicas: set.spec?.replicas, minReadySeconds: set.spec?.minReadySeconds }),
    // Upstream copied the words for an empty selector.
    ...validateTemplate(set, 'deployment'),
  ],
  validateUpdate: ({ spec }, current) =>
    sameValue(spec?.selector, current.spec?.selector)
      ? []
      : [invalid('spec.selector', spec?.selector, 'field is immutable')],
  selectableFields: ({ status }) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
})
