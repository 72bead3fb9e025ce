import { definitionErrors, updateErrors } from '../custom/crd-rules.ts'
import { CLEANUP, settled, withCondition } from '../custom/crd-status.ts'
import type { CustomResourceDefinition } from '../objects.ts'
import { CUSTOM_RESOURCE_DEFINITIONS } from '../resources.ts'
import { timestamp } from '../timestamp.ts'
import { NAME, text } from './columns.ts'
import { define, keepStatus, onlyStatus } from './define.ts'
import type { RegistryContext } from './definition.ts'
import { firstGeneration, nextGeneration } from './generation.ts'

export const customResourceDefinitions = define<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS, {
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  subresources: ['status'],
  columns: [
    NAME,
    {
      ...text<CustomResourceDefinition>(
        'Created At',
        'When the API server created the definition.',
        ({ metadata }) => metadata.creationTimestamp ?? '',
      ),
      type: 'date',
    },
  ],
  prepareForCreate({ status: _, ...crd }, context) {
    return withStatus(firstGeneration(withDefaults(crd as CustomResourceDefinition)), context)
  },
  prepareForUpdate(crd, current, context, subresource) {
    if (subresource === 'status') return withStatus(onlyStatus(crd, current), context)
    const given = keepStatus(withDefaults(crd), current)
    return withStatus(
      nextGeneration(given, current, ({ spec }) => spec),
      context,
    )
  },
  validate: definitionErrors,
  validateUpdate: updateErrors,
  whenDeleted(crd, context) {
    const finalizers = crd.metadata.finalizers ?? []
    const held = finalizers.includes(CLEANUP) ? finalizers : [...finalizers, CLEANUP]
    return withCondition(
      { ...crd, metadata: { ...crd.metadata, finalizers: held } },
      {
        type: 'Terminating',
        status: 'True',
        reason: 'InstanceDeletionPending',
        message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
        lastTransitionTime: timestamp(context.now()),
      },
    )
  },
})

/** Upstream: apis/apiextensions/v1/defaults.go. */
function withDefaults(crd: CustomResourceDefinition): CustomResourceDefinition {
  const { kind = '', singular, listKind } = crd.spec?.names ?? {}
  const names = {
    ...crd.spec?.names,
    kind,
    singular: singular || kind.toLowerCase(),
    listKind: listKind || (kind ? `${kind}List` : ''),
  }
  return { ...crd, spec: { conversion: { strategy: 'None' }, ...crd.spec, names } }
}

function withStatus(crd: CustomResourceDefinition, context: RegistryContext): CustomResourceDefinition {
  return settled(crd, context.list(CUSTOM_RESOURCE_DEFINITIONS), timestamp(context.now()))
}
