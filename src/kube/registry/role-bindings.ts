import type { ClusterRoleBinding, RoleBinding } from '../objects.ts'
import { CLUSTER_ROLE_BINDINGS, ROLE_BINDINGS, type ResourceType } from '../resources.ts'
import { AGE, NAME, text, wide } from './columns.ts'
import { define } from './define.ts'
import type { FieldError, ResourceDefinition } from './definition.ts'
import { invalid, notSupported, required } from './field-error.ts'
import { pathSegment } from './names.ts'
import { sameValue } from './same-value.ts'

const GROUP = 'rbac.authorization.k8s.io'
const SUBJECT_KINDS = ['ServiceAccount', 'User', 'Group']

type Binding = RoleBinding | ClusterRoleBinding
type Subject = NonNullable<Binding['subjects']>[number]

/** As {@link ./roles.ts}: kept and shown. */
function binding<T extends Binding>(type: ResourceType<T>, singular: string): ResourceDefinition<T> {
  return define<T>(type, {
    singular,
    name: pathSegment,
    columns: [
      NAME,
      text('Role', 'What the subjects may do.', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
      AGE,
      wide(text('Users', 'Names of the users.', subjectsOf('User'))),
      wide(text('Groups', 'Names of the groups.', subjectsOf('Group'))),
      wide(
        text('ServiceAccounts', 'The service accounts, with their namespaces.', subjectsOf('ServiceAccount')),
      ),
    ],
    prepareForCreate: withDefaults,
    prepareForUpdate: withDefaults,
    validate: (object) => validate(object, type.namespaced),
    validateUpdate: ({ roleRef }, current) =>
      sameValue(roleRef, current.roleRef) ? [] : [invalid('roleRef', roleRef, 'cannot change roleRef')],
  })
}

function subjectsOf(kind: string) {
  return ({ subjects = [] }: Binding): string =>
    subjects
      .filter((subject) => subject.kind === kind)
      .map(({ namespace, name }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
      .join(', ')
}

function withDefaults<T extends Binding>(object: T): T {
  const { subjects, roleRef } = object
  const groupOf = ({ kind }: Subject) => (kind === 'ServiceAccount' ? {} : { apiGroup: GROUP })
  return {
    ...object,
    ...(roleRef && { roleRef: { ...roleRef, apiGroup: roleRef.apiGroup || GROUP } }),
    ...(subjects && { subjects: subjects.map((subject) => ({ ...groupOf(subject), ...subject })) }),
  }
}

function validate({ roleRef, subjects = [] }: Binding, namespaced: boolean): FieldError[] {
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']
  const { apiGroup, kind, name } = roleRef
  return [
    ...(apiGroup === GROUP ? [] : [notSupported('roleRef.apiGroup', apiGroup, [GROUP])]),
    ...(kinds.includes(kind) ? [] : [notSupported('roleRef.kind', kind, kinds)]),
    ...(name ? [] : [required('roleRef.name')]),
    ...subjects.flatMap((subject, i) => validateSubject(subject, namespaced, `subjects[${i}]`)),
  ]
}

function validateSubject({ kind, name, namespace }: Subject, namespaced: boolean, at: string): FieldError[] {
  return [
    ...(name ? [] : [required(`${at}.name`)]),
    ...(SUBJECT_KINDS.includes(kind) ? [] : [notSupported(`${at}.kind`, kind, SUBJECT_KINDS)]),
    ...(kind === 'ServiceAccount' && !namespaced && !namespace ? [required(`${at}.namespace`)] : []),
  ]
}

export const roleBindings = binding(ROLE_BINDINGS, 'rolebinding')
export const clusterRoleBindings = binding(CLUSTER_ROLE_BINDINGS, 'clusterrolebinding')
