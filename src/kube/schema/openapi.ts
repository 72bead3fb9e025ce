import { createHash } from 'node:crypto'
import { brotliDecompressSync } from 'node:zlib'
import * as resources from '../resources.ts'
import type { ResourceType } from '../resources.ts'
import type { ResourceDefinition } from '../registry/definition.ts'
import { encodeSwagger } from './gnostic.ts'
import { pathsOf, prefixOf } from './openapi-paths.ts'
import { type Descriptions, type Dialect, type Json, type Kind, SchemaCollector } from './openapi-schemas.ts'
import { PACKED_DESCRIPTIONS } from './packed-descriptions.ts'
import { loadSchema, type Schema } from './schema.ts'

const INFO = { title: 'Kubernetes', version: 'v1.36.3' }

/** A kind that is served; a custom one brings the schema that its documents have. */
export type ServedKind = ResourceType & Pick<ResourceDefinition, 'custom'>

export interface OpenApiOptions {
  readonly schema: Schema
  readonly served: readonly ServedKind[]
  readonly descriptions: () => Descriptions
  /** Has the documents of all groups and versions in which no kind is a custom one. */
  readonly base?: OpenApi
}

/** The OpenAPI documents of a set of resources. Each is made when first asked for, and kept as it is sent. */
export class OpenApi {
  readonly #schema: Schema
  readonly #served: readonly ServedKind[]
  readonly #unpack: () => Descriptions
  readonly #base: OpenApi | undefined
  readonly #v3 = new Map<string, string>()
  #index: object | undefined
  #v2: Uint8Array | undefined
  #descriptions: Descriptions | undefined

  constructor({ schema, served, descriptions, base }: OpenApiOptions) {
    this.#schema = schema
    this.#served = served
    this.#unpack = descriptions
    this.#base = base
  }

  get descriptions(): Descriptions {
    return this.#base?.descriptions ?? (this.#descriptions ??= this.#unpack())
  }

  /** The body of /openapi/v3. The hash in each address lets clients keep what they have fetched. */
  v3Index(): object {
    const names = [...new Set(this.#served.map(prefixOf))].sort()
    const entry = (name: string) => {
      const hash = createHash('sha512').update(this.#source(name)).digest('hex').toUpperCase()
      return [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` }]
    }
    return (this.#index ??= { paths: Object.fromEntries(names.map(entry)) })
  }

  /** What tells one state of a document from another: those of built-in kinds stay as they are, and need not be made for it. */
  #source(name: string): string {
    const served = this.#kindsOf(name)
    return served.some(({ custom }) => custom) ? (this.v3(name) ?? '') : JSON.stringify([INFO, served])
  }

  #kindsOf(name: string): ServedKind[] {
    return this.#served.filter((type) => prefixOf(type) === name)
  }

  /** The JSON text of one group and version's document, named as in the index: "api/v1", "apis/apps/v1". */
  v3(name: string): string | undefined {
    const known = this.#v3.get(name)
    const served = this.#kindsOf(name)
    if (known !== undefined || served.length === 0) return known
    const own = served.some(({ custom }) => custom) ? undefined : this.#base?.v3(name)
    const text = own ?? JSON.stringify(this.#document(served))
    this.#v3.set(name, text)
    return text
  }

  #document(served: readonly ServedKind[]): Json {
    const components = { schemas: this.#schemasOf(served, 3) }
    return { openapi: '3.0.0', info: INFO, paths: allPaths(served, 3), components }
  }

  /** All of it as one Swagger 2.0 document. */
  v2(): Json {
    const definitions = this.#schemasOf(this.#served, 2)
    return { swagger: '2.0', info: INFO, paths: allPaths(this.#served, 2), definitions }
  }

  /** {@link v2} in gnostic's protobuf form. */
  v2Protobuf(): Uint8Array {
    return (this.#v2 ??= encodeSwagger(this.v2()))
  }

  /**
   * The body of /openapi/v2: JSON, or gnostic's protobuf when the Accept header asks for it, as kubectl always does.
   */
  v2Body(accept: string): { body: Uint8Array; contentType: string } {
    if (accept.includes('proto-openapi.spec.v2')) {
      const contentType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
      return { body: this.v2Protobuf(), contentType }
    }
    return { body: Buffer.from(JSON.stringify(this.v2())), contentType: 'application/json' }
  }

  #schemasOf(served: readonly ServedKind[], dialect: Dialect): Json {
    const collector = new SchemaCollector(dialect, this.descriptions)
    for (const { group, version, kind, custom } of served) {
      if (custom) collector.addCustomKind(custom, { group, version, kind })
      else this.#addKinds(collector, { group, version, kind })
    }
    return collector.sorted()
  }

  #addKinds(collector: SchemaCollector, { group, version, kind }: Kind): void {
    for (const name of [kind, `${kind}List`]) {
      const type = this.#schema.typeOf(group, version, name)
      if (type) collector.addKind(type, { group, version, kind: name })
    }
  }
}

function allPaths(served: readonly ServedKind[], dialect: Dialect): Json {
  return Object.assign({}, ...served.map((type) => pathsOf(type, dialect))) as Json
}

let builtIn: OpenApi | undefined
let latest: { readonly kinds: readonly ServedKind[]; readonly documents: OpenApi } | undefined

/**
 * The documents of the kinds in resources.ts, and of the custom ones among `kinds`. They are kept until another list is
 * asked for. Inflating the descriptions costs milliseconds, so not before a client asks.
 */
export function openApiOf(kinds: readonly ServedKind[]): OpenApi {
  const options = { schema: loadSchema(), descriptions: unpackDescriptions }
  const known = Object.values(resources)
  const base = (builtIn ??= new OpenApi({ ...options, served: known }))
  const custom = kinds.filter((kind) => kind.custom)
  if (custom.length === 0) return base
  if (latest?.kinds !== kinds) {
    latest = { kinds, documents: new OpenApi({ ...options, served: [...known, ...custom], base }) }
  }
  return latest.documents
}

function unpackDescriptions(): Descriptions {
  if (!PACKED_DESCRIPTIONS) return {}
  return JSON.parse(
    brotliDecompressSync(Buffer.from(PACKED_DESCRIPTIONS, 'base64')).toString(),
  ) as Descriptions
}
