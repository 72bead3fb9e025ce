import type { CustomResourceDefinition } from '../objects.ts'
import type { FieldError } from '../registry/definition.ts'
import { forbidden, invalid, notSupported, required } from '../registry/field-error.ts'
import { label1035, subdomain } from '../registry/names.ts'
import { sameValue } from '../registry/same-value.ts'
import { isTrue } from './crd-status.ts'
import { schemaOf, type CrdVersion } from './json-schema.ts'
import { columnErrors, subresourceErrors } from './crd-version-rules.ts'
import { schemaErrors } from './schema-rules.ts'

type Spec = CustomResourceDefinition['spec']

/** What is wrong with a definition. Upstream: pkg/apis/apiextensions/validation. */
export function definitionErrors(crd: CustomResourceDefinition): FieldError[] {
  const { spec } = crd
  const expected = `${spec.names.plural ?? ''}.${spec.group ?? ''}`
  return [
    ...(crd.metadata.name === expected
      ? []
      : [invalid('metadata.name', crd.metadata.name, 'must be spec.names.plural+"."+spec.group')]),
    ...groupErrors(spec),
    ...scopeErrors(spec),
    ...versionsErrors(spec),
    ...namesErrors(spec.names),
    ...partErrors(spec),
    ...conversionErrors(spec),
    ...storedErrors(crd),
    ...approvalErrors(crd),
  ]
}

/** What may not change: once it is established, its scope and kind too. */
export function updateErrors(
  { spec }: CustomResourceDefinition,
  current: CustomResourceDefinition,
): FieldError[] {
  const before = current.spec
  const same = (field: string, after: unknown, was: unknown) =>
    after === was ? [] : [invalid(`spec.${field}`, after, 'field is immutable')]
  return [
    ...(isTrue(current, 'Established')
      ? [
          ...same('scope', spec.scope, before.scope),
          ...same('names.kind', spec.names.kind, before.names.kind),
        ]
      : []),
    ...same('group', spec.group, before.group),
    ...same('names.plural', spec.names.plural, before.names.plural),
  ]
}

function groupErrors({ group }: Spec): FieldError[] {
  if (!group) return [required('spec.group')]
  const fault = subdomain(group)
  if (fault) return [invalid('spec.group', group, fault)]
  return group.includes('.') ? [] : [invalid('spec.group', group, 'should be a domain with at least one dot')]
}

function scopeErrors({ scope }: Spec): FieldError[] {
  if (!scope) return [required('spec.scope')]
  const known = ['Cluster', 'Namespaced']
  return known.includes(scope) ? [] : [notSupported('spec.scope', scope, known)]
}

function versionsErrors({ versions }: Spec): FieldError[] {
  const errors = versions.flatMap(({ name }, i) => {
    const fault = label1035(name)
    return fault ? [invalid(`spec.versions[${i}].name`, name, fault)] : []
  })
  if (new Set(versions.map(({ name }) => name)).size < versions.length) {
    errors.push(invalid('spec.versions', versions, 'must contain unique version names'))
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    errors.push(invalid('spec.versions', versions, 'must have exactly one version marked as storage version'))
  }
  return errors
}

const NAMES = ['plural', 'singular', 'kind', 'listKind'] as const

function namesErrors(names: Spec['names']): FieldError[] {
  const named = NAMES.flatMap((field) => {
    const value = names[field]
    if (!value) return [required(`spec.names.${field}`)]
    const mixed = field === 'kind' || field === 'listKind'
    const fault = label1035(mixed ? value.toLowerCase() : value)
    const why = mixed ? `may have mixed case, but should otherwise match: ${fault}` : fault
    return fault ? [invalid(`spec.names.${field}`, value, why ?? '')] : []
  })
  const listed = (['shortNames', 'categories'] as const).flatMap((field) =>
    (names[field] ?? []).flatMap((value, i) => {
      const fault = label1035(value)
      return fault ? [invalid(`spec.names.${field}[${i}]`, value, fault)] : []
    }),
  )
  const same = names.kind && names.kind === names.listKind
  const alike = invalid('spec.names.listKind', names.listKind, 'kind and listKind may not be the same')
  return [...named, ...listed, ...(same ? [alike] : [])]
}

/**
 * What versions consist of. A part that is the same in all versions upstream looks at once, in a place of the older
 * API that is not in this one, and names that place.
 */
function partErrors({ versions }: Spec): FieldError[] {
  const each = <T>(
    pick: (version: CrdVersion) => T,
    shared: string,
    own: string,
    errorsIn: (part: T, path: string, version: CrdVersion) => FieldError[],
  ) => {
    const [first, ...others] = versions
    if (!first) return []
    const alike = others.every((version) => sameValue(pick(version), pick(first)))
    if (alike) return errorsIn(pick(first), `spec.${shared}`, first)
    return versions.flatMap((version, i) => errorsIn(pick(version), `spec.versions[${i}].${own}`, version))
  }
  const missing = versions.flatMap(({ schema }, i) =>
    schema?.openAPIV3Schema ? [] : [required(`spec.versions[${i}].schema.openAPIV3Schema`)],
  )
  return [
    ...missing,
    ...each(
      (version) => version.schema,
      'validation.openAPIV3Schema',
      'schema.openAPIV3Schema',
      (schema, path, version) => (schema?.openAPIV3Schema ? schemaErrors(schemaOf(version), path) : []),
    ),
    ...each((version) => version.subresources, 'subresources', 'subresources', subresourceErrors),
    ...each(
      (version) => version.additionalPrinterColumns,
      'additionalPrinterColumns',
      'additionalPrinterColumns',
      (columns = [], path) => columns.flatMap((column, i) => columnErrors(column, `${path}[${i}]`)),
    ),
  ]
}

function conversionErrors({ conversion }: Spec): FieldError[] {
  const strategy = conversion?.strategy
  if (!strategy) return conversion ? [required('spec.conversion.strategy')] : []
  if (strategy === 'None') {
    if (!conversion.webhook) return []
    const why = 'should not be set when strategy is not set to Webhook'
    return [forbidden('spec.conversion.webhookClientConfig', why)]
  }
  return [notSupported('spec.conversion.strategy', strategy, ['None'])]
}

function storedErrors({ spec, status }: CustomResourceDefinition): FieldError[] {
  const known = new Set(spec.versions.map(({ name }) => name))
  const stored = status?.storedVersions ?? []
  if (stored.length === 0) {
    return [invalid('status.storedVersions', undefined, 'must have at least one stored version')]
  }
  return stored.flatMap((name, i) => {
    if (known.has(name)) return []
    const why = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`
    return [invalid(`status.storedVersions[${i}]`, name, why)]
  })
}

const APPROVED = 'api-approved.kubernetes.io'

/** Kubernetes' own groups need somebody's approval. */
function approvalErrors({ metadata, spec }: CustomResourceDefinition): FieldError[] {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(spec.group ?? '')) return preserveErrors(spec)
  const text = metadata.annotations?.[APPROVED]
  const field = `metadata.annotations[${APPROVED}]`
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111'
  const rule = `protected groups must have approval annotation ${JSON.stringify(APPROVED)}`
  if (!text) return [required(field, `${rule}, ${see}`)]
  if (text.startsWith('unapproved') || URL.canParse(text)) return preserveErrors(spec)
  return [invalid(field, text, `${rule} with either a URL or a reason starting with "unapproved", ${see}`)]
}

function preserveErrors({ preserveUnknownFields }: Spec): FieldError[] {
  if (!preserveUnknownFields) return []
  const why =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead'
  return [invalid('spec.preserveUnknownFields', true, why)]
}
