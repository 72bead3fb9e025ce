import { PbfReader } from 'pbf'
import { ApiError } from '../client.ts'
import { badRequest } from '../api/refusals.ts'
import type { KubeObject } from '../objects.ts'
import { canonical } from './canonical.ts'
import { SCALAR_READERS } from './protobuf-scalars.ts'
import { type FieldSchema, loadSchema, type TypeRef, type TypeSchema } from './schema.ts'

/** What `application/vnd.kubernetes.protobuf` bodies begin with: "k8s" and a zero. */
const MAGIC = [0x6b, 0x38, 0x73, 0x00]

/** Wire types of protobuf's encoding. */
const LENGTH_DELIMITED = 2

type Message = Record<string, unknown>

/**
 * The object in an `application/vnd.kubernetes.protobuf` body, as it would be in JSON: a runtime.Unknown that names the
 * kind, around a message whose field numbers are in the schema (k8s.io/apimachinery, pkg/runtime/generated.proto).
 * @throws ApiError 400 when it is none, or of a kind that the schema does not have.
 */
export function decodeProtobuf(body: Uint8Array): KubeObject {
  if (MAGIC.some((byte, i) => body[i] !== byte)) {
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  }
  try {
    return decodeUnknown(body.subarray(MAGIC.length))
  } catch (error) {
    if (error instanceof ApiError) throw error
    throw badRequest('proto: the message is cut short or malformed')
  }
}

function decodeUnknown(bytes: Uint8Array): KubeObject {
  const unknown = { apiVersion: '', kind: '', raw: new Uint8Array() }
  const reader = new PbfReader(bytes)
  reader.readFields((tag) => {
    if (tag === 1) reader.readMessage(readTypeMeta(reader), unknown)
    else if (tag === 2) unknown.raw = Uint8Array.from(reader.readBytes())
  }, unknown)
  const { apiVersion, kind, raw } = unknown
  const [version = '', group = ''] = apiVersion.split('/').toReversed()
  const type = loadSchema().typeOf(group, version, kind)
  if (!type) throw badRequest(`no kind "${kind}" is registered for version "${apiVersion}" in scheme`)
  const message: Message = { kind, apiVersion }
  const content = new PbfReader(raw)
  content.readFields(readInto(type, content), message)
  return canonical(type, message as KubeObject)
}

function readTypeMeta(reader: PbfReader) {
  return (tag: number, meta: { apiVersion: string; kind: string }) => {
    if (tag === 1) meta.apiVersion = reader.readString()
    else if (tag === 2) meta.kind = reader.readString()
  }
}

/** Reads a field of a type's message into an object; an embedded struct is a message of its own, but not in JSON. */
function readInto(type: TypeSchema, reader: PbfReader) {
  return (tag: number, object: Message): void => {
    const field = type.ownFields.find((field) => field.tag === tag)
    if (field) {
      readField(reader, field, object)
      return
    }
    const part = type.embedded.find((part) => part.tag === tag)
    if (part) reader.readMessage(readInto(part.type, reader), object)
  }
}

function readField(reader: PbfReader, field: FieldSchema, object: Message): void {
  const { name, type } = field
  if (type.kind === 'list') {
    const items = (object[name] ?? []) as unknown[]
    object[name] = [...items, ...readItems(reader, type.of)]
  } else if (type.kind === 'map') {
    object[name] = { ...(object[name] as Message | undefined), ...readEntry(reader, type.of) }
  } else {
    object[name] = readValue(reader, type)
  }
}

/** One item, or several numbers in one packed field. */
function readItems(reader: PbfReader, of: TypeRef): unknown[] {
  const packed = reader.type === LENGTH_DELIMITED && (of.kind === 'int32' || of.kind === 'int64')
  return packed ? reader.readPackedVarint([], true) : [readValue(reader, of)]
}

function readEntry(reader: PbfReader, of: TypeRef): Message {
  const entry = { key: '', value: of.kind === 'string' ? '' : undefined } as { key: string; value: unknown }
  reader.readMessage((tag) => {
    if (tag === 1) entry.key = reader.readString()
    else if (tag === 2) entry.value = readValue(reader, of)
  }, entry)
  return { [entry.key]: entry.value }
}

function readValue(reader: PbfReader, type: TypeRef): unknown {
  if (type.kind === 'struct') return reader.readMessage(readInto(type.type, reader), {})
  if (type.kind === 'list' || type.kind === 'map') throw badRequest('proto: lists of lists are not supported')
  return SCALAR_READERS[type.kind](reader)
}
