import { prefixedSelector, readSelector, type Selector } from '../selector.ts'
import type { EntityRule } from './kinds.ts'

/** What endpoints inherit of their namespace and their service account has these before its name. */
export const NAMESPACE_PREFIX = 'pcns.'
export const SERVICE_ACCOUNT_PREFIX = 'pcsa.'
export const NAMESPACE_LABEL = 'projectcalico.org/namespace'
export const SERVICE_ACCOUNT_LABEL = 'projectcalico.org/serviceaccount'

/** Selectors of one side of a rule, joined to as few as can be. */
export interface EntitySelectors {
  readonly positive?: Selector
  readonly negative?: Selector
}

/**
 * One selector for all that a rule says of a side, in the words of upstream's updateprocessors/rules.go; what is not
 * selected is taken out of it, if there is something to take it out of (felix calc/rule_scanner.go). With any selector
 * at all a namespaced policy means its own namespace, unless it names others.
 * @throws SelectorError
 */
export function entitySelectors(entity: EntityRule, namespace: string | undefined): EntitySelectors {
  const { notSelector } = entity
  const positive = positiveText(entity, namespace)
  if (!positive) return notSelector ? { negative: readSelector(notSelector) } : {}
  return { positive: readSelector(notSelector ? `(${positive}) && (!(${notSelector}))` : positive) }
}

function positiveText(entity: EntityRule, namespace: string | undefined): string {
  const { selector = '', namespaceSelector, notSelector } = entity
  const parts = [serviceAccountText(entity), selector].filter(Boolean)
  const own = parts.length > 1 ? `(${parts.join(') && (')})` : (parts[0] ?? '')
  const where = namespaceText(namespaceSelector, namespace)
  if (!where || !(own || notSelector || namespaceSelector)) return own
  return own ? `(${where}) && (${own})` : where
}

/** all() means everything that has a namespace, global() everything that has none. */
function namespaceText(selector: string | undefined, namespace: string | undefined): string {
  if (!selector) return namespace ? `${NAMESPACE_LABEL} == '${namespace}'` : ''
  return prefixedSelector(selector, NAMESPACE_PREFIX)
    .replaceAll('all()', `has(${NAMESPACE_LABEL})`)
    .replaceAll('global()', `!has(${NAMESPACE_LABEL})`)
}

function serviceAccountText({ serviceAccounts = {} }: EntityRule): string {
  const { names = [], selector } = serviceAccounts
  const selected = selector ? prefixedSelector(selector, SERVICE_ACCOUNT_PREFIX) : ''
  if (names.length === 0) return selected
  const named = readSelector(`${SERVICE_ACCOUNT_LABEL} in { '${names.join("', '")}' }`).text
  return selected ? `(${selected}) && (${named})` : named
}
