import type { ListOptions } from '../../client.ts'
import type { ResourceDefinition } from '../../registry/definition.ts'
import { parseFieldSelector, type ObjectPredicate } from './field-selector.ts'
import { parseLabelSelector } from './label-selector.ts'

/**
 * What a list or watch is restricted to besides its namespace; undefined when it is not.
 * @throws ApiError 400
 */
export function parseSelectors(
  definition: ResourceDefinition,
  { labelSelector, fieldSelector }: ListOptions,
): ObjectPredicate | undefined {
  const byLabels = labelSelector ? parseLabelSelector(labelSelector) : undefined
  const byFields = fieldSelector ? parseFieldSelector(fieldSelector, definition) : undefined
  if (!byLabels) return byFields
  return (object) => byLabels(object.metadata?.labels ?? {}) && (!byFields || byFields(object))
}
