import type { Node } from '../objects.ts'
import { NODES } from '../resources.ts'
import { AGE, NAME, NONE, text, wide } from './columns.ts'
import { define, keepStatus, onlyStatus } from './define.ts'
import type { FieldError } from './definition.ts'
import { duplicate, forbidden, invalid, notSupported, required } from './field-error.ts'
import { labelValueFaults, qualifiedNameFaults } from './labels.ts'

const ROLE_PREFIX = 'node-role.kubernetes.io/'
const EFFECTS = ['NoExecute', 'NoSchedule', 'PreferNoSchedule']
const UNKNOWN = '<unknown>'

function statusText({ spec, status }: Node): string {
  const ready = status?.conditions?.find((condition) => condition.type === 'Ready')
  const health = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'
  return spec?.unschedulable ? `${health},SchedulingDisabled` : health
}

function rolesText({ metadata }: Node): string {
  const labels = Object.entries(metadata.labels ?? {})
  const roles = labels.flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return key.slice(ROLE_PREFIX.length)
    return key === 'kubernetes.io/role' ? value : []
  })
  return [...new Set(roles)].filter(Boolean).sort().join(',') || NONE
}

function addressText(type: string): (node: Node) => string {
  return ({ status }) => status?.addresses?.find((address) => address.type === type)?.address ?? NONE
}

function kernelText({ status }: Node): string {
  const { kernelVersion, architecture } = status?.nodeInfo ?? {}
  if (!kernelVersion) return UNKNOWN
  return architecture ? `${kernelVersion} (${architecture})` : kernelVersion
}

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }

/**
 * Nothing may be scheduled to a node before its controller has seen that it is ready. Upstream: the admission plugin
 * TaintNodesByCondition, which taints those too that say they are ready when they register.
 */
function withNotReadyTaint(node: Node): Node {
  const ready = node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
  const taints = node.spec?.taints ?? []
  const tainted = taints.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect)
  return ready || tainted ? node : { ...node, spec: { ...node.spec, taints: [...taints, NOT_READY] } }
}

/** The list and its first entry are one value in two fields. */
function withPodCidrs(node: Node): Node {
  const { podCIDR, podCIDRs } = node.spec ?? {}
  const first = podCIDR || podCIDRs?.[0]
  return { ...node, spec: { ...node.spec, ...(first && { podCIDR: first, podCIDRs: podCIDRs ?? [first] }) } }
}

function validateTaints({ spec }: Node): FieldError[] {
  const taints = spec?.taints ?? []
  return taints.flatMap((taint, i) => {
    const at = `spec.taints[${i}]`
    const twin = taints.findIndex(({ key, effect }) => key === taint.key && effect === taint.effect)
    return [
      ...qualifiedNameFaults(taint.key).map((fault) => invalid(`${at}.key`, taint.key, fault)),
      ...labelValueFaults(taint.value ?? '').map((fault) => invalid(`${at}.value`, taint.value, fault)),
      ...(taint.effect ? [] : [required(`${at}.effect`)]),
      ...(taint.effect && !EFFECTS.includes(taint.effect)
        ? [notSupported(`${at}.effect`, taint.effect, EFFECTS)]
        : []),
      ...(twin < i ? [duplicate(at, taint)] : []),
    ]
  })
}

export const nodes = define<Node>(NODES, {
  singular: 'node',
  shortNames: ['no'],
  subresources: ['status'],
  columns: [
    NAME,
    text('Status', 'Ready, NotReady or Unknown; and whether pods may be scheduled to it.', statusText),
    text('Roles', 'From the labels node-role.kubernetes.io/….', rolesText),
    AGE,
    text('Version', "The kubelet's version.", (node) => node.status?.nodeInfo?.kubeletVersion ?? ''),
    wide(text('Internal-IP', 'Address inside the cluster.', addressText('InternalIP'))),
    wide(text('External-IP', 'Address outside the cluster.', addressText('ExternalIP'))),
    wide(text('OS-Image', 'From /etc/os-release.', (node) => node.status?.nodeInfo?.osImage || UNKNOWN)),
    wide(text('Kernel-Version', 'From uname -r, and the architecture.', kernelText)),
    wide(
      text(
        'Container-Runtime',
        'What runs the containers.',
        (node) => node.status?.nodeInfo?.containerRuntimeVersion || UNKNOWN,
      ),
    ),
  ],
  prepareForCreate: (node) => ({ ...withPodCidrs(withNotReadyTaint(node)), status: node.status ?? {} }),
  prepareForUpdate: (node, current, _context, subresource) =>
    subresource === 'status' ? onlyStatus(node, current) : keepStatus(withPodCidrs(node), current),
  validate: validateTaints,
  validateUpdate({ spec }, current) {
    const before = current.spec?.podCIDR
    if (!before || spec?.podCIDR === before) return []
    return [forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid')]
  },
  selectableFields: (node) => ({ 'spec.unschedulable': String(node.spec?.unschedulable ?? false) }),
})
