import type { DaemonSet } from '../objects.ts'
import { DAEMON_SETS } from '../resources.ts'
import { AGE, integer, labelsText, NAME, text } from './columns.ts'
import { define, keepStatus, onlyStatus } from './define.ts'
import type { FieldError } from './definition.ts'
import { invalid, notSupported } from './field-error.ts'
import { firstGeneration, nextGeneration } from './generation.ts'
import { validateRollingUpdate } from './rolling-update.ts'
import { sameValue } from './same-value.ts'
import { defaultTemplate, templateColumns, validateCounts, validateTemplate } from './template.ts'

/** apps/v1 keeps the number of templates so far in an annotation, where extensions/v1beta1 had a field. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation'
const STRATEGIES = ['OnDelete', 'RollingUpdate']

type Spec = NonNullable<DaemonSet['spec']>

function defaultStrategy(strategy: Spec['updateStrategy']): Spec['updateStrategy'] {
  const type = strategy?.type || 'RollingUpdate'
  if (type !== 'RollingUpdate') return { ...strategy, type }
  return { type, rollingUpdate: { maxUnavailable: 1, maxSurge: 0, ...strategy?.rollingUpdate } }
}

function withDefaults(set: DaemonSet, templateGeneration: number): DaemonSet {
  const { metadata, spec } = set
  const annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(templateGeneration) }
  return {
    ...set,
    metadata: { ...metadata, annotations },
    spec: {
      ...(spec as Spec),
      template: defaultTemplate(spec?.template),
      updateStrategy: defaultStrategy(spec?.updateStrategy),
      revisionHistoryLimit: spec?.revisionHistoryLimit ?? 10,
    },
  }
}

function nextTemplateGeneration(set: DaemonSet, current: DaemonSet): number {
  const before = Number(current.metadata.annotations?.[TEMPLATE_GENERATION] ?? 1)
  return sameValue(defaultTemplate(set.spec?.template), current.spec?.template) ? before : before + 1
}

function validate(set: DaemonSet): FieldError[] {
  const { updateStrategy, minReadySeconds, revisionHistoryLimit } = set.spec ?? {}
  const type = updateStrategy?.type ?? ''
  const rolling = updateStrategy?.rollingUpdate
  return [
    ...validateTemplate(set, 'daemonset'),
    ...validateCounts({ minReadySeconds, revisionHistoryLimit }),
    ...(STRATEGIES.includes(type) ? [] : [notSupported('spec.updateStrategy.type', type, STRATEGIES)]),
    ...(rolling ? validateRollingUpdate(rolling, 'spec.updateStrategy.rollingUpdate') : []),
  ]
}

export const daemonSets = define<DaemonSet>(DAEMON_SETS, {
  singular: 'daemonset',
  shortNames: ['ds'],
  categories: ['all'],
  subresources: ['status'],
  columns: [
    NAME,
    integer('Desired', 'Nodes that should run its pod.', ({ status }) => status?.desiredNumberScheduled ?? 0),
    integer('Current', 'Nodes that do.', ({ status }) => status?.currentNumberScheduled ?? 0),
    integer('Ready', 'Nodes where the pod is ready.', ({ status }) => status?.numberReady ?? 0),
    integer('Up-to-date', 'Nodes with a pod of the newest template.', ({ status }) => {
      return status?.updatedNumberScheduled ?? 0
    }),
    integer('Available', 'Nodes where the pod has been ready for long enough.', ({ status }) => {
      return status?.numberAvailable ?? 0
    }),
    text('Node Selector', 'Labels of the nodes it is for.', ({ spec }) =>
      labelsText(spec?.template.spec?.nodeSelector),
    ),
    AGE,
    ...templateColumns<DaemonSet>(),
  ],
  prepareForCreate: (set) =>
    firstGeneration({
      ...withDefaults(set, 1),
      status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
    }),
  prepareForUpdate(set, current, _context, subresource) {
    if (subresource === 'status') return onlyStatus(set, current)
    const next = withDefaults(set, nextTemplateGeneration(set, current))
    return nextGeneration(keepStatus(next, current), current, ({ spec }) => spec)
  },
  validate,
  validateUpdate: ({ spec }, current) =>
    sameValue(spec?.selector, current.spec?.selector)
      ? []
      : [invalid('spec.selector', spec?.selector, 'field is immutable')],
})
