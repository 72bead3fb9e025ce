import type * as z from 'zod/mini'
import { nearest } from '../base/nearest.ts'
import type { Problem } from './problem.ts'
import type { Path, YamlSource } from './source.ts'

type Schema = z.core.$ZodType
type Issue = z.core.$ZodIssue

/** What zod found, in the words of somebody who writes labs. */
export function schemaProblems(source: YamlSource, schema: Schema, issues: readonly Issue[]): Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [source.problem(issue.path, sentence(source, issue))]
    const known = keysAt(schema, source.value, issue.path)
    return issue.keys.map((key) =>
      source.problem(issue.path, `unknown key "${key}"${didYouMean(key, known)}`, key),
    )
  })
}

export function didYouMean(typed: string, known: Iterable<string>): string {
  const guess = nearest(typed, known)
  return guess === undefined ? '' : ` (did you mean "${guess}"?)`
}

function sentence(source: YamlSource, issue: Issue): string {
  const name = issue.path.map(String).join('.') || 'the file'
  const value = valueAt(source.value, issue.path)
  if (value === undefined) return `${name} is missing`
  const options = optionsOf(issue)
  if (options) {
    return `${name} is ${JSON.stringify(value)}; it can be ${options.join(', ')}${didYouMean(String(value), options)}`
  }
  if (issue.code === 'invalid_type') return `${name} must be ${article(issue.expected)}`
  if (issue.code === 'too_small' && issue.origin === 'array')
    return `${name} needs ${issue.minimum} entries or more`
  if (issue.code === 'too_big' && issue.origin === 'array')
    return `${name} may have ${issue.maximum} entries at most`
  if (issue.code === 'too_small' && issue.origin === 'string') return `${name} must not be empty`
  if (issue.code === 'too_small') return `${name} must be ${issue.minimum} or more`
  if (issue.code === 'too_big') return `${name} must be ${issue.maximum} or less`
  if (issue.code === 'invalid_format') return `${name} is ${JSON.stringify(value)}, which does not look right`
  return `${name} is not valid here`
}

function optionsOf(issue: Issue): string[] | undefined {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  if (issue.code === 'invalid_union' && 'options' in issue) return (issue.options as unknown[]).map(String)
  return undefined
}

const article = (type: string) => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`)

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value)
}

/** The keys that an object at `path` may have: walks the schema beside the value, as unions depend on its kind. */
function keysAt(schema: Schema, value: unknown, path: Path): string[] {
  const def = (schema as z.core.$ZodTypes)._zod.def
  if (def.type === 'optional') return keysAt(def.innerType, value, path)
  if (def.type === 'union') {
    const option = def.options.find(
      (option) => kindOf(option) === (value as { kind?: unknown } | undefined)?.kind,
    )
    return option ? keysAt(option, value, path) : []
  }
  const [key, ...rest] = path
  const child = key === undefined ? undefined : (value as Record<PropertyKey, unknown> | undefined)?.[key]
  if (def.type === 'array') return keysAt(def.element, child, rest)
  if (def.type !== 'object') return []
  if (key === undefined) return Object.keys(def.shape)
  const inner = def.shape[String(key)]
  return inner ? keysAt(inner, child, rest) : []
}

function kindOf(option: Schema): unknown {
  const def = (option as z.core.$ZodTypes)._zod.def
  const kind = def.type === 'object' ? def.shape['kind'] : undefined
  const literal = kind && (kind as z.core.$ZodTypes)._zod.def
  return literal?.type === 'literal' ? literal.values[0] : undefined
}
