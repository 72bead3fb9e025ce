import { definitionErrors, updateErrors } from '../custom/crd-rules.ts'
import { CLEANUP, settled, withCondition } from '../custom/crd-status.ts'
import type { CustomResourceDefinition } from '../objects.ts'
import { CUSTOM_RESOURCE_DEFINITIONS } from '../resources.ts'
import { timestamp } from '../timestamp.ts'
import { NAME, text } from './columns.ts'
import { define, keepStatus, onlyStatus } from './define.ts'
import type { RegistryContext } from './definition.ts'
import { firstGeneration, nextGeneration } from './generation.ts'

type Spec = CustomResourceDefinition['spec']

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
  prepareForCreate(given, context) {
    const { status: _status, ...crd } = given
    return withStatus(firstGeneration(withDefaults(crd)), context)
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

/** Upstream: apis/apiextensions/v1/defaults.go. What a client has left out altogether is there, and empty. */
function withDefaults(crd: CustomResourceDefinition): CustomResourceDefinition {
  const spec: Partial<Spec> = crd.spec ?? {}
  const given: Partial<Spec['names']> = spec.names ?? {}
  const { kind = '', plural = '' } = given
  const singular = given.singular || kind.toLowerCase()
  const listKind = given.listKind || (kind ? `${kind}List` : '')
  return {
    ...crd,
    spec: {
      conversion: { strategy: 'None' },
      group: '',
      scope: '',
      versions: [],
      ...spec,
      names: { ...given, plural, kind, singular, listKind },
    },
  }
}

function withStatus(crd: CustomResourceDefinition, context: RegistryContext): CustomResourceDefinition {
  return settled(crd, context.list(CUSTOM_RESOURCE_DEFINITIONS), timestamp(context.now()))
}
