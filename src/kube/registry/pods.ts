import { randomSuffix } from '../random-name.ts'
import type { Pod } from '../objects.ts'
import { PODS } from '../resources.ts'
import { AGE, NAME, NONE, text, wide } from './columns.ts'
import { define, keepStatus, onlyStatus } from './define.ts'
import type { ResourceDefinition } from './definition.ts'
import { firstGeneration, nextGeneration } from './generation.ts'
import { withDefaultTolerations, withPriority, withServiceAccount } from './pod/admission.ts'
import { defaultPodOnly, defaultPodSpec } from './pod/defaults.ts'
import { qosClass } from './pod/qos.ts'
import { podSummary } from './pod/summary.ts'
import { validatePodUpdate } from './pod/update.ts'
import { validatePodSpec } from './pod/validate.ts'

const SUBRESOURCES = ['status', 'binding', 'exec', 'attach', 'log', 'portforward', 'eviction'] as const

function readinessGatesText({ spec, status }: Pod): string {
  const gates = spec?.readinessGates ?? []
  if (gates.length === 0) return NONE
  const open = gates.filter(({ conditionType }) =>
    status?.conditions?.some(({ type, status }) => type === conditionType && status === 'True'),
  )
  return `${open.length}/${gates.length}`
}

const COLUMNS: ResourceDefinition<Pod>['columns'] = [
  NAME,
  text('Ready', 'How many of its containers are ready.', (pod, now) => podSummary(pod, now).ready),
  text('Status', 'What its containers are doing.', (pod, now) => podSummary(pod, now).reason),
  text(
    'Restarts',
    'How often containers were restarted, and when last.',
    (pod, now) => podSummary(pod, now).restarts,
  ),
  AGE,
  wide(text('IP', 'Its address.', ({ status }) => status?.podIPs?.[0]?.ip ?? (status?.podIP || NONE))),
  wide(text('Node', 'Where it runs.', ({ spec }) => spec?.nodeName || NONE)),
  wide(
    text('Nominated Node', 'Where room is made for it.', ({ status }) => status?.nominatedNodeName || NONE),
  ),
  wide(text('Readiness Gates', 'Conditions it needs besides its containers.', readinessGatesText)),
]

function selectableFields({ spec, status }: Pod): Record<string, string> {
  return {
    'spec.nodeName': spec?.nodeName ?? '',
    'spec.restartPolicy': spec?.restartPolicy ?? '',
    'spec.schedulerName': spec?.schedulerName ?? '',
    'spec.serviceAccountName': spec?.serviceAccountName ?? '',
    'spec.hostNetwork': String(spec?.hostNetwork ?? false),
    'status.phase': status?.phase ?? '',
    'status.podIP': status?.podIP ?? '',
    'status.podIPs': status?.podIP ?? '',
    'status.nominatedNodeName': status?.nominatedNodeName ?? '',
  }
}

/** @param tolerationSeconds how long pods stay on a lost node unless they say */
export function pods(tolerationSeconds: number): ResourceDefinition<Pod> {
  return define<Pod>(PODS, {
    singular: 'pod',
    shortNames: ['po'],
    categories: ['all'],
    subresources: SUBRESOURCES,
    columns: COLUMNS,
    // What upstream's admission plugins add: priority, tolerations and the service account's token.
    assigned: [
      ['spec', 'preemptionPolicy'],
      ['spec', 'priority'],
      ['spec', 'tolerations'],
      ['spec', 'serviceAccount'],
      ['spec', 'serviceAccountName'],
      ['spec', 'volumes'],
      ['spec', 'containers', '*', 'volumeMounts'],
      ['spec', 'initContainers', '*', 'volumeMounts'],
    ],
    prepareForCreate(pod, context) {
      const defaulted = defaultPodOnly(defaultPodSpec(pod.spec))
      const tolerant = withPriority(withDefaultTolerations(defaulted, tolerationSeconds))
      const admitted = withServiceAccount({ ...pod, spec: tolerant }, context, randomSuffix)
      return firstGeneration({ ...admitted, status: { phase: 'Pending', qosClass: qosClass(defaulted) } })
    },
    prepareForUpdate(pod, current, _context, subresource) {
      if (subresource === 'status') return onlyStatus(pod, current)
      if (subresource === 'binding') return pod
      const next = keepStatus({ ...pod, spec: defaultPodOnly(defaultPodSpec(pod.spec)) }, current)
      return nextGeneration(next, current, ({ spec }) => spec)
    },
    validate: (pod) => validatePodSpec(pod.spec ?? { containers: [] }, 'spec'),
    validateUpdate: (pod, current, _context, subresource) =>
      subresource ? [] : validatePodUpdate(pod, current),
    selectableFields,
    gracePeriod: ({ spec, status }) => {
      const isOver = status?.phase === 'Succeeded' || status?.phase === 'Failed'
      return spec?.nodeName && !isOver ? (spec.terminationGracePeriodSeconds ?? 30) : undefined
    },
  })
}
