import type { PbfReader } from 'pbf'
import type { ScalarKind } from './schema.ts'

/** Scalars as JSON has them; those that are structs in Go are messages on the wire. */
export const SCALAR_READERS: Readonly<Record<ScalarKind, (reader: PbfReader) => unknown>> = {
  string: (reader) => reader.readString(),
  bool: (reader) => reader.readBoolean(),
  int32: (reader) => reader.readVarint(true),
  int64: (reader) => reader.readVarint(true),
  float64: (reader) => reader.readDouble(),
  bytes: (reader) => Buffer.from(reader.readBytes()).toString('base64'),
  quantity: (reader) => readParts(reader, (part) => part.readString())[1] ?? '0',
  time: (reader) => readTime(reader, 0),
  microtime: (reader) => readTime(reader, 6),
  duration: (reader) => `${(readParts(reader, (part) => part.readVarint(true))[1] ?? 0) / 1e9}s`,
  intOrString: readIntOrString,
  any: readRaw,
  json: readRaw,
}

/** JSON as the only field of a message. */
function readRaw(reader: PbfReader): unknown {
  return parseRaw(readParts(reader, (part) => part.readBytes())[1])
}

/** The fields of a small message by number. */
function readParts<T>(reader: PbfReader, read: (part: PbfReader, tag: number) => T): Record<number, T> {
  const parts: Record<number, T> = {}
  return reader.readMessage((tag) => {
    parts[tag] = read(reader, tag)
  }, parts)
}

/** Seconds and nanoseconds since 1970; a message without either is no time at all. */
function readTime(reader: PbfReader, digits: number): string | null {
  const parts = readParts(reader, (part) => part.readVarint(true))
  if (parts[1] === undefined && parts[2] === undefined) return null
  const second = new Date((parts[1] ?? 0) * 1000).toISOString().slice(0, 19)
  const fraction = digits
    ? `.${String(parts[2] ?? 0)
        .padStart(9, '0')
        .slice(0, digits)}`
    : ''
  return `${second}${fraction}Z`
}

/** Which of the two it is, the number, the string. */
function readIntOrString(reader: PbfReader): number | string {
  const parts = readParts<number | string>(reader, (part, tag) =>
    tag === 3 ? part.readString() : part.readVarint(true),
  )
  return parts[1] === 1 ? (parts[3] ?? '') : (parts[2] ?? 0)
}

function parseRaw(bytes: Uint8Array | undefined): unknown {
  return bytes?.length ? (JSON.parse(Buffer.from(bytes).toString()) as unknown) : undefined
}
