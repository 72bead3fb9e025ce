import type { Namespace } from '../objects.ts'
import { NAMESPACES } from '../resources.ts'
import { AGE, NAME, text } from './columns.ts'
import { define, keepStatus, onlyStatus } from './define.ts'
import { label } from './names.ts'

const NAME_LABEL = 'kubernetes.io/metadata.name'

function withNameLabel(namespace: Namespace): Namespace {
  const { metadata } = namespace
  return {
    ...namespace,
    metadata: { ...metadata, labels: { ...metadata.labels, [NAME_LABEL]: metadata.name } },
  }
}

export const namespaces = define<Namespace>(NAMESPACES, {
  singular: 'namespace',
  shortNames: ['ns'],
  // A namespace is emptied by its controller before it goes, so there is no deletecollection.
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: ['status'],
  name: label,
  columns: [
    NAME,
    text('Status', 'Active, or Terminating.', (namespace) => namespace.status?.phase ?? ''),
    AGE,
  ],
  assigned: [['spec', 'finalizers']],
  prepareForCreate: (namespace) => ({
    ...withNameLabel(namespace),
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  }),
  prepareForUpdate(namespace, current, _context, subresource) {
    if (subresource === 'status') return onlyStatus(namespace, current)
    return withNameLabel({ ...keepStatus(namespace, current), spec: current.spec ?? {} })
  },
  whenDeleted: (namespace) => ({ ...namespace, status: { ...namespace.status, phase: 'Terminating' } }),
  selectableFields: (namespace) => ({ 'status.phase': namespace.status?.phase ?? '' }),
})
