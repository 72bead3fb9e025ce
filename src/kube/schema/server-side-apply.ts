import type { KubeObject } from '../objects.ts'
import type { TypeSchema } from './schema.ts'

export interface ApplyOptions {
  readonly manager: string
  readonly force: boolean
  readonly subresource?: string
  readonly now: Date
}

export function applyServerSide(
  _type: TypeSchema,
  _live: KubeObject | undefined,
  applied: KubeObject,
  _o: ApplyOptions,
): KubeObject {
  return applied
}
