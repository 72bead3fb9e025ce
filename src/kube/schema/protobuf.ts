import type { KubeObject } from '../objects.ts'

export function decodeProtobuf(_body: Uint8Array): KubeObject {
  return {}
}
