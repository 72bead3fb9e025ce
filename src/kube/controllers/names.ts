import { NAME_ALPHABET } from '../random-name.ts'

/**
 * A hash of a value that is the same in every run: FNV-1a of its JSON with sorted keys, rendered as upstream renders
 * pod-template-hash (rand.SafeEncodeString of the decimal). Upstream hashes a dump of Go structures, so the digits differ.
 */
export function safeHash(value: unknown, collisions = 0): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(stableJson(value) + (collisions || ''))) {
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  return String(hash >>> 0).replaceAll(
    /\d/g,
    (digit) => NAME_ALPHABET[digit.charCodeAt(0) % NAME_ALPHABET.length] ?? '',
  )
}

/** JSON with sorted keys and without absent values: equal for values that mean the same. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
