import type { KubeObject } from '../objects.ts'
import type { TypeSchema } from './schema.ts'

export interface UpdateOptions {
  readonly manager: string
  readonly subresource?: string
  readonly now: Date
}

export function trackUpdate(
  _type: TypeSchema,
  _before: KubeObject | undefined,
  after: KubeObject,
  _o: UpdateOptions,
): KubeObject {
  return after
}
