import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { loadSchema, type TypeSchema } from '../../../../src/kube/schema/schema.ts'

export const GOLDEN = resolve(import.meta.dirname, '../../../golden/schema')

/** One recorded exchange with a real API server: what was sent and what came back. */
export interface Exchange {
  readonly request: unknown
  readonly response: unknown
}

export function exchange(name: string): Exchange {
  const text = readFileSync(`${GOLDEN}/api/${name}.txt`, 'utf8')
  const [sent = '', answered = ''] = text.split(/^--> /m)
  const body = (part: string) => part.slice(part.indexOf('\n\n')).trim()
  const parse = (json: string): unknown => (json ? JSON.parse(json) : undefined)
  return { request: parse(body(sent)), response: parse(body(answered)) }
}

export function typeOf(apiVersion: string, kind: string): TypeSchema {
  const [version = '', group = ''] = apiVersion.split('/').reverse()
  const type = loadSchema().typeOf(group, version, kind)
  if (!type) throw new Error(`no type ${apiVersion} ${kind}`)
  return type
}

export function typeOfObject(object: KubeObject): TypeSchema {
  return typeOf(object.apiVersion ?? '', object.kind ?? '')
}

/** A deep copy with paths like `spec.clusterIP` removed. */
export function without<T>(object: T, ...paths: readonly string[]): T {
  const copy = structuredClone(object)
  for (const path of paths) {
    const keys = path.split('.')
    const last = keys.pop() ?? ''
    const parent = keys.reduce<Record<string, never> | undefined>(
      (at, key) => at?.[key],
      copy as Record<string, never>,
    )
    if (parent) delete parent[last]
  }
  return copy
}
