import { PbfWriter } from 'pbf'
import type { Json } from './openapi-schemas.ts'

/**
 * A Swagger 2.0 document in the protobuf form that kubectl asks for (gnostic-models, openapiv2/OpenAPIv2.proto), as far as
 * the documents made here go. Field numbers are that file's.
 */
export function encodeSwagger(document: Json): Uint8Array {
  const writer = new PbfWriter()
  writer.writeStringField(1, text(document['swagger']))
  writer.writeMessage(2, writeInfo, object(document['info']))
  writer.writeMessage(8, writeEntries(2, writePathItem), object(document['paths']))
  writer.writeMessage(9, writeEntries(1, writeSchema), object(document['definitions']))
  return writer.finish()
}

type Write = (value: Json, writer: PbfWriter) => void

const text = (value: unknown) => (typeof value === 'string' ? value : '')
const object = (value: unknown) => (value ?? {}) as Json
const list = (value: unknown) => (value ?? []) as Json[]

const writeInfo: Write = (info, writer) => {
  writer.writeStringField(1, text(info['title']))
  writer.writeStringField(2, text(info['version']))
}

/** A map as gnostic has it: repeated pairs of name and value. */
function writeEntries(tag: number, write: Write): Write {
  return (map, writer) => {
    for (const [name, value] of Object.entries(map)) {
      writer.writeMessage(
        tag,
        (entry: Json, pair) => {
          pair.writeStringField(1, name)
          pair.writeMessage(2, write, entry)
        },
        object(value),
      )
    }
  }
}

const OPERATIONS = { get: 2, put: 3, post: 4, delete: 5, patch: 8 }

const writePathItem: Write = (item, writer) => {
  for (const [method, tag] of Object.entries(OPERATIONS)) {
    if (item[method]) writer.writeMessage(tag, writeOperation, object(item[method]))
  }
}

const writeOperation: Write = (operation, writer) => {
  for (const mime of (operation['consumes'] ?? []) as string[]) writer.writeStringField(7, mime)
  for (const parameter of list(operation['parameters'])) writer.writeMessage(8, writeParameter, parameter)
  writeExtensions(operation, writer, 13)
}

/** ParametersItem, Parameter and NonBodyParameter are unions around the query parameter itself. */
const writeParameter: Write = (parameter, writer) => {
  const around =
    (tag: number, inner: Write): Write =>
    (value, outer) =>
      outer.writeMessage(tag, inner, value)
  around(1, around(2, around(3, writeQueryParameter)))(parameter, writer)
}

const writeQueryParameter: Write = (parameter, writer) => {
  writer.writeStringField(2, text(parameter['in']))
  writer.writeStringField(4, text(parameter['name']))
  writer.writeStringField(6, text(parameter['type']))
  writer.writeBooleanField(20, parameter['uniqueItems'] === true)
}

const writeSchema: Write = (schema, writer) => {
  if (schema['$ref']) writer.writeStringField(1, text(schema['$ref']))
  if (schema['format']) writer.writeStringField(2, text(schema['format']))
  if (schema['description']) writer.writeStringField(4, text(schema['description']))
  if (schema['default'] !== undefined) writer.writeMessage(5, writeAny, { value: schema['default'] })
  for (const name of (schema['required'] ?? []) as string[]) writer.writeStringField(19, name)
  if (schema['additionalProperties']) {
    writer.writeMessage(
      21,
      (inner: Json, item) => item.writeMessage(1, writeSchema, inner),
      object(schema['additionalProperties']),
    )
  }
  if (schema['type'])
    writer.writeMessage(22, (_: Json, item) => item.writeStringField(1, text(schema['type'])), schema)
  if (schema['items']) {
    writer.writeMessage(
      23,
      (inner: Json, item) => item.writeMessage(1, writeSchema, inner),
      object(schema['items']),
    )
  }
  if (schema['properties'])
    writer.writeMessage(25, writeEntries(1, writeSchema), object(schema['properties']))
  writeExtensions(schema, writer, 31)
}

/** Extensions, and defaults, are carried as YAML text, which JSON is. */
function writeExtensions(holder: Json, writer: PbfWriter, tag: number): void {
  const extensions = Object.entries(holder).filter(([name]) => name.startsWith('x-'))
  const wrapped = Object.fromEntries(extensions.map(([name, value]) => [name, { value }]))
  writeEntries(tag, writeAny)(wrapped, writer)
}

const writeAny: Write = ({ value }, writer) => writer.writeStringField(2, JSON.stringify(value))
