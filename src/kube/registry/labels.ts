import type { FieldError } from './definition.ts'
import { invalid } from './field-error.ts'
import { subdomain } from './names.ts'

const VALUE = '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?'
const NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const VALUE_RE = new RegExp(`^${VALUE}$`)
const NAME_RE = new RegExp(`^${NAME}$`)
const MAX_ANNOTATIONS = 256 * 1024

const NAME_TEXT = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${NAME}')`
const QUALIFIED_TEXT = `a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${NAME}') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`
const VALUE_TEXT = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${VALUE}')`

/** What is wrong with a label or annotation key ("app", "example.com/app"): empty when nothing is. */
export function qualifiedNameFaults(key: string): string[] {
  const parts = key.split('/')
  if (parts.length > 2) return [QUALIFIED_TEXT]
  const name = parts.at(-1) ?? ''
  const faults: string[] = []
  if (parts.length === 2) {
    const prefix = parts[0] ?? ''
    const fault = subdomain(prefix)
    if (prefix === '') faults.push('prefix part must be non-empty')
    else if (fault) faults.push(`prefix part ${fault}`)
  }
  if (name === '') faults.push('name part must be non-empty')
  else if (name.length > 63) faults.push('name part must be no more than 63 bytes')
  if (!NAME_RE.test(name)) faults.push(NAME_TEXT)
  return faults
}

/** What is wrong with a label's value: empty when nothing is. */
export function labelValueFaults(value: string): string[] {
  const faults: string[] = []
  if (value.length > 63) faults.push('must be no more than 63 bytes')
  if (!VALUE_RE.test(value)) faults.push(VALUE_TEXT)
  return faults
}

/** Rules of a map of labels, as apimachinery's ValidateLabels. */
export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameFaults(key).map((fault) => invalid(field, key, fault)),
    ...labelValueFaults(value).map((fault) => invalid(field, value, fault)),
  ])
}

/** Rules of annotations: keys are qualified names; 256 KiB in all. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  const entries = Object.entries(annotations ?? {})
  const size = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  return [
    ...entries.flatMap(([key]) =>
      qualifiedNameFaults(key.toLowerCase()).map((fault) => invalid(field, key, fault)),
    ),
    ...(size > MAX_ANNOTATIONS
      ? [
          {
            reason: 'FieldValueTooLong',
            field,
            message: `Too long: may not be more than ${MAX_ANNOTATIONS} bytes`,
          },
        ]
      : []),
  ]
}
