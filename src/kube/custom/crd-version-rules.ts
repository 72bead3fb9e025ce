import type { FieldError } from '../registry/definition.ts'
import { invalid, required } from '../registry/field-error.ts'
import type { CrdVersion } from './json-schema.ts'

type Column = NonNullable<CrdVersion['additionalPrinterColumns']>[number]

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string']
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password']

export function columnErrors({ name, type, format, jsonPath }: Column, at: string): FieldError[] {
  const types = `must be one of ${COLUMN_TYPES.join(',')}`
  const errors: FieldError[] = []
  if (!name) errors.push(required(`${at}.name`))
  if (!type) errors.push(required(`${at}.type`, types))
  else if (!COLUMN_TYPES.includes(type)) errors.push(invalid(`${at}.type`, type, types))
  if (format && !COLUMN_FORMATS.includes(format)) {
    errors.push(invalid(`${at}.format`, format, `must be one of ${COLUMN_FORMATS.join(',')}`))
  }
  if (!jsonPath) return [...errors, required(`${at}.JSONPath`)]
  return [...errors, ...pathErrors(jsonPath, `${at}.JSONPath`)]
}

export function subresourceErrors(subresources: CrdVersion['subresources'], at: string): FieldError[] {
  const { scale } = subresources ?? {}
  if (!scale) return []
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale
  return [
    ...scaleErrors(specReplicasPath, `${at}.scale.specReplicasPath`, ['.spec.']),
    ...scaleErrors(statusReplicasPath, `${at}.scale.statusReplicasPath`, ['.status.']),
    ...(labelSelectorPath
      ? scaleErrors(labelSelectorPath, `${at}.scale.labelSelectorPath`, ['.spec.', '.status.'])
      : []),
  ]
}

function scaleErrors(path: string, at: string, below: readonly string[]): FieldError[] {
  if (!path) return [required(at)]
  const errors = pathErrors(path, at)
  if (errors.length > 0 || below.some((start) => path.startsWith(start))) return errors
  const places = below.map((start) => start.slice(0, -1)).join(' or ')
  return [invalid(at, path, `should be a json path under ${below.length > 1 ? 'either ' : ''}${places}`)]
}

function pathErrors(path: string, at: string): FieldError[] {
  return path.startsWith('.') ? [] : [invalid(at, path, 'must be a simple json path starting with .')]
}
