import { createHash } from 'node:crypto'
import { brotliDecompressSync } from 'node:zlib'
import * as resources from '../resources.ts'
import type { ResourceType } from '../resources.ts'
import { encodeSwagger } from './gnostic.ts'
import { pathsOf, prefixOf } from './openapi-paths.ts'
import { type Descriptions, type Dialect, type Json, SchemaCollector } from './openapi-schemas.ts'
import { PACKED_DESCRIPTIONS } from './packed-descriptions.ts'
import { loadSchema, type Schema } from './schema.ts'

const INFO = { title: 'Kubernetes', version: 'v1.36.3' }

/** The OpenAPI documents of a set of resources. Each is made when first asked for, and kept as it is sent. */
export class OpenApi {
  readonly #schema: Schema
  readonly #served: readonly ResourceType[]
  readonly #descriptions: () => Descriptions
  readonly #v3 = new Map<string, string>()
  #index: object | undefined
  #v2: Uint8Array | undefined

  constructor(schema: Schema, served: readonly ResourceType[], descriptions: () => Descriptions) {
    this.#schema = schema
    this.#served = served
    this.#descriptions = descriptions
  }

  /** The body of /openapi/v3. The hash in each address lets clients keep what they have fetched. */
  v3Index(): object {
    const names = [...new Set(this.#served.map(prefixOf))].sort()
    const entry = (name: string) => {
      const hash = createHash('sha512')
        .update(this.v3(name) ?? '')
        .digest('hex')
        .toUpperCase()
      return [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` }]
    }
    return (this.#index ??= { paths: Object.fromEntries(names.map(entry)) })
  }

  /** The JSON text of one group and version's document, named as in the index: "api/v1", "apis/apps/v1". */
  v3(name: string): string | undefined {
    const known = this.#v3.get(name)
    const served = this.#served.filter((type) => prefixOf(type) === name)
    if (known !== undefined || served.length === 0) return known
    const components = { schemas: this.#schemasOf(served, 3) }
    const text = JSON.stringify({ openapi: '3.0.0', info: INFO, paths: allPaths(served, 3), components })
    this.#v3.set(name, text)
    return text
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

  #schemasOf(served: readonly ResourceType[], dialect: Dialect): Json {
    const collector = new SchemaCollector(dialect, this.#descriptions())
    for (const { group, version, kind } of served) {
      for (const name of [kind, `${kind}List`]) {
        const type = this.#schema.typeOf(group, version, name)
        if (type) collector.addKind(type, { group, version, kind: name })
      }
    }
    return collector.sorted()
  }
}

function allPaths(served: readonly ResourceType[], dialect: Dialect): Json {
  return Object.assign({}, ...served.map((type) => pathsOf(type, dialect))) as Json
}

let documents: OpenApi | undefined

/** The documents of the kinds in resources.ts. Inflating the descriptions costs milliseconds, so not before a client asks. */
function served(): OpenApi {
  return (documents ??= new OpenApi(loadSchema(), Object.values(resources), unpackDescriptions))
}

function unpackDescriptions(): Descriptions {
  if (!PACKED_DESCRIPTIONS) return {}
  return JSON.parse(
    brotliDecompressSync(Buffer.from(PACKED_DESCRIPTIONS, 'base64')).toString(),
  ) as Descriptions
}

/** {@link OpenApi.v3Index} */
export function openApiV3Index(): object {
  return served().v3Index()
}

/** {@link OpenApi.v3} */
export function openApiV3(path: string): string | undefined {
  return served().v3(path)
}

/**
 * The body of /openapi/v2: JSON, or gnostic's protobuf when the Accept header asks for it, as kubectl always does.
 */
export function openApiV2(accept: string): { body: Uint8Array; contentType: string } {
  if (accept.includes('proto-openapi.spec.v2')) {
    const contentType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
    return { body: served().v2Protobuf(), contentType }
  }
  return { body: Buffer.from(JSON.stringify(served().v2())), contentType: 'application/json' }
}
