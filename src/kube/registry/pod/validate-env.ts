import type { Container } from '../../objects.ts'
import type { FieldError } from '../definition.ts'
import { invalid, notSupported, required } from '../field-error.ts'

const NAME = /^[ -<>-~]+$/
const NAME_TEXT =
  "a valid environment variable name must consist only of printable ASCII characters other than '='"
const SOURCES = ['configMapKeyRef', 'fieldRef', 'fileKeyRef', 'resourceFieldRef', 'secretKeyRef'] as const
const FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]
const KEYED_FIELD = /^metadata\.(annotations|labels)\['.+'\]$/

type Variable = NonNullable<Container['env']>[number]

function validateSource({ value, valueFrom }: Variable, at: string): FieldError[] {
  if (!valueFrom) return []
  const given = SOURCES.filter((source) => valueFrom[source])
  const path = valueFrom.fieldRef?.fieldPath
  const isKnown = path === undefined || FIELDS.includes(path) || KEYED_FIELD.test(path)
  const one =
    'must specify one of: `configMapKeyRef`, `fieldRef`, `fileKeyRef`, `resourceFieldRef` or `secretKeyRef`'
  return [
    ...(isKnown ? [] : [notSupported(`${at}.fieldRef.fieldPath`, path, FIELDS)]),
    ...(given.length === 0 ? [invalid(at, '', one)] : []),
    ...(value ? [invalid(at, '', 'may not be specified when `value` is not empty')] : []),
    ...(given.length > 1 ? [invalid(at, '', 'may not have more than one field specified at a time')] : []),
  ]
}

/** Rules of environment variables. */
export function validateEnv(env: readonly Variable[], at: string): FieldError[] {
  return env.flatMap((variable, i) => {
    const { name } = variable
    return [
      ...(name ? [] : [required(`${at}[${i}].name`)]),
      ...(name && !NAME.test(name) ? [invalid(`${at}[${i}].name`, name, NAME_TEXT)] : []),
      ...validateSource(variable, `${at}[${i}].valueFrom`),
    ]
  })
}
