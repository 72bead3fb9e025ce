import { applyPatch as applyJsonPatch, type Operation } from 'fast-json-patch'
import { badRequest, unprocessable } from '../api/refusals.ts'
import type { KubeObject } from '../objects.ts'
import { isObject, type JsonObject } from './path-element.ts'
import type { TypeSchema } from './schema.ts'
import { strategicMerge } from './strategic-merge.ts'

/**
 * The object with a patch applied: JSON Patch (RFC 6902), JSON Merge Patch (RFC 7386) or a strategic merge patch. Neither
 * `current` nor `patch` is changed; the result shares what the patch did not touch, where it can.
 * @throws ApiError 400 for what is no patch of its kind, 422 for a JSON patch that does not apply.
 */
export function applyPatch(
  kind: 'json' | 'merge' | 'strategic',
  type: TypeSchema,
  current: KubeObject,
  patch: unknown,
): KubeObject {
  if (kind === 'json') return jsonPatch(current, patch)
  if (!isObject(patch)) {
    const what = Array.isArray(patch) ? 'array' : typeof patch
    throw badRequest(`json: cannot unmarshal ${what} into Go value of type map[string]interface {}`)
  }
  return kind === 'merge' ? mergePatch(current, patch) : strategicMerge(type, current, patch)
}

function jsonPatch(current: KubeObject, patch: unknown): KubeObject {
  if (!Array.isArray(patch)) {
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch',
    )
  }
  try {
    // A copy of ours: the library's own would be by JSON text, which has no bigints.
    return applyJsonPatch(structuredClone(current), patch as Operation[], true, true).newDocument
  } catch {
    // Upstream's words for whatever is the matter with a JSON patch.
    throw unprocessable('the server rejected our request due to an error in our request')
  }
}

function mergePatch(current: unknown, patch: JsonObject): JsonObject {
  const merged: Record<string, unknown> = isObject(current) ? { ...current } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = isObject(value) ? mergePatch(merged[key], value) : value
  }
  return merged
}
