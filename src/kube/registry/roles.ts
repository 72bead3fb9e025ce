import type { ClusterRole, Role } from '../objects.ts'
import { CLUSTER_ROLES, ROLES, type ResourceType } from '../resources.ts'
import { CREATED_AT, NAME } from './columns.ts'
import { define } from './define.ts'
import type { FieldError, ResourceDefinition } from './definition.ts'
import { invalid, required } from './field-error.ts'
import { pathSegment } from './names.ts'

type Rule = NonNullable<Role['rules']>[number]

/** Roles are kept and shown; nobody is refused anything here. Upstream's rules: pkg/apis/rbac/validation. */
function role<T extends Role | ClusterRole>(type: ResourceType<T>, singular: string): ResourceDefinition<T> {
  return define<T>(type, {
    singular,
    name: pathSegment,
    columns: [NAME, CREATED_AT],
    validate: ({ rules }) =>
      (rules ?? []).flatMap((rule, i) => validateRule(rule, type.namespaced, `rules[${i}]`)),
  })
}

function validateRule(rule: Rule, namespaced: boolean, at: string): FieldError[] {
  const { verbs, apiGroups = [], resources = [], nonResourceURLs = [] } = rule
  if (!verbs?.length) return [required(`${at}.verbs`, 'verbs must contain at least one value')]
  if (nonResourceURLs.length > 0) {
    if (namespaced)
      return [
        invalid(
          `${at}.nonResourceURLs`,
          nonResourceURLs,
          'namespaced rules cannot apply to non-resource URLs',
        ),
      ]
    return apiGroups.length + resources.length === 0
      ? []
      : [
          invalid(
            `${at}.nonResourceURLs`,
            nonResourceURLs,
            'rules cannot apply to both regular resources and non-resource URLs',
          ),
        ]
  }
  return [
    ...(apiGroups.length > 0
      ? []
      : [required(`${at}.apiGroups`, 'resource rules must supply at least one api group')]),
    ...(resources.length > 0
      ? []
      : [required(`${at}.resources`, 'resource rules must supply at least one resource')]),
  ]
}

export const roles = role(ROLES, 'role')
export const clusterRoles = role(CLUSTER_ROLES, 'clusterrole')
