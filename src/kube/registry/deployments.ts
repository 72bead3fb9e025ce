import type { Deployment } from '../objects.ts'
import { DEPLOYMENTS } from '../resources.ts'
import { AGE, NAME, text } from './columns.ts'
import { define, keepStatus, onlyStatus } from './define.ts'
import type { FieldError } from './definition.ts'
import { forbidden, invalid, notSupported } from './field-error.ts'
import { firstGeneration, nextGeneration } from './generation.ts'
import { validateRollingUpdate } from './rolling-update.ts'
import { sameValue } from './same-value.ts'
import { defaultTemplate, templateColumns, validateCounts, validateTemplate } from './template.ts'

const STRATEGIES = ['Recreate', 'RollingUpdate']

type Spec = NonNullable<Deployment['spec']>
type Strategy = Spec['strategy']

function defaultStrategy(strategy: Strategy): Strategy {
  const type = strategy?.type || 'RollingUpdate'
  if (type !== 'RollingUpdate') return { ...strategy, type }
  return { type, rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%', ...strategy?.rollingUpdate } }
}

function withDefaults(deployment: Deployment): Deployment {
  const { spec } = deployment
  return {
    ...deployment,
    spec: {
      ...(spec as Spec),
      replicas: spec?.replicas ?? 1,
      template: defaultTemplate(spec?.template),
      strategy: defaultStrategy(spec?.strategy),
      revisionHistoryLimit: spec?.revisionHistoryLimit ?? 10,
      progressDeadlineSeconds: spec?.progressDeadlineSeconds ?? 600,
    },
  }
}

function validateStrategy(strategy: Strategy): FieldError[] {
  const { type = '', rollingUpdate } = strategy ?? {}
  if (type === 'Recreate' && rollingUpdate) {
    const why = "may not be specified when strategy `type` is 'Recreate'"
    return [forbidden('spec.strategy.rollingUpdate', why)]
  }
  if (!STRATEGIES.includes(type)) return [notSupported('spec.strategy.type', type, STRATEGIES)]
  return rollingUpdate ? validateRollingUpdate(rollingUpdate, 'spec.strategy.rollingUpdate') : []
}

function validate(deployment: Deployment): FieldError[] {
  const { replicas, strategy, minReadySeconds, revisionHistoryLimit, progressDeadlineSeconds } =
    deployment.spec ?? {}
  const isTooSoon = (progressDeadlineSeconds ?? 600) <= (minReadySeconds ?? 0)
  return [
    ...validateCounts({ replicas }),
    ...validateTemplate(deployment, 'deployment'),
    ...validateStrategy(strategy),
    ...validateCounts({ minReadySeconds, revisionHistoryLimit, progressDeadlineSeconds }),
    ...(isTooSoon
      ? [
          invalid(
            'spec.progressDeadlineSeconds',
            progressDeadlineSeconds,
            'must be greater than minReadySeconds',
          ),
        ]
      : []),
  ]
}

export const deployments = define<Deployment>(DEPLOYMENTS, {
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  subresources: ['status', 'scale'],
  columns: [
    NAME,
    text('Ready', 'Ready pods of those wanted.', ({ spec, status }) => {
      return `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`
    }),
    text('Up-to-date', 'Pods of the newest template.', ({ status }) => status?.updatedReplicas ?? 0),
    text(
      'Available',
      'Pods that have been ready for long enough.',
      ({ status }) => status?.availableReplicas ?? 0,
    ),
    AGE,
    ...templateColumns<Deployment>(),
  ],
  prepareForCreate: (deployment) => firstGeneration({ ...withDefaults(deployment), status: {} }),
  prepareForUpdate(deployment, current, _context, subresource) {
    if (subresource === 'status') return onlyStatus(deployment, current)
    return nextGeneration(keepStatus(withDefaults(deployment), current), current, ({ metadata, spec }) => [
      metadata.annotations,
      spec,
    ])
  },
  validate,
  validateUpdate: ({ spec }, current) =>
    sameValue(spec?.selector, current.spec?.selector)
      ? []
      : [invalid('spec.selector', spec?.selector, 'field is immutable')],
})
