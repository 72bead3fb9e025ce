import type { KubeObject } from '../../objects.ts'
import type { ResourceType } from '../../resources.ts'
import { badRequest } from '../refusals.ts'

/** A kind that is asked, not stored: whoever may talk to this API server may do everything. */
export interface Review extends ResourceType {
  readonly singular: string
  answer(review: KubeObject): object
}

const AUTHENTICATION = 'authentication.k8s.io'
const AUTHORIZATION = 'authorization.k8s.io'
export const USER = { username: 'system:admin', groups: ['system:masters', 'system:authenticated'] }

function review(group: string, kind: string, answer: Review['answer']): Review {
  const singular = kind.toLowerCase()
  return { group, version: 'v1', kind, singular, plural: `${singular}s`, namespaced: false, answer }
}

function requireAttributes(object: KubeObject): void {
  const { spec = {} } = object as { spec?: { resourceAttributes?: object; nonResourceAttributes?: object } }
  if (!spec.resourceAttributes === !spec.nonResourceAttributes) {
    throw badRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified')
  }
}

export const REVIEWS: readonly Review[] = [
  review(AUTHENTICATION, 'SelfSubjectReview', () => ({ userInfo: USER })),
  review(AUTHORIZATION, 'SelfSubjectAccessReview', (object) => {
    requireAttributes(object)
    return { allowed: true }
  }),
  review(AUTHORIZATION, 'SelfSubjectRulesReview', () => ({
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  })),
]

/** The review that a path names: /apis/authorization.k8s.io/v1/selfsubjectaccessreviews. */
export function reviewAt([apis, group, version, plural, ...more]: readonly string[]): Review | undefined {
  if (apis !== 'apis' || more.length > 0) return undefined
  return REVIEWS.find((one) => one.group === group && one.version === version && one.plural === plural)
}
