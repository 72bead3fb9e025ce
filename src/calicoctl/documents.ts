import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { CalicoError } from './calico-error.ts'
import { kindOf } from './kinds.ts'
import { API_VERSION, resourceFrom, type Resource } from './layout/resource.ts'
import { jsonTypeOf, ParseError } from './layout/scalars.ts'
import { isObject, listOf, objectOf, type JsonObject } from './layout/shape.ts'

/** A file that says nothing calicoctl can go by. */
export class FileError extends Error {
  override readonly name = 'FileError'
}

export interface Reading {
  /** A file, a folder, or - */
  readonly filename: string
  readonly recursive: boolean
  readonly skipEmpty: boolean
  readonly stdin: () => string
}

/** Resources of a file or of a folder's files. @throws FileError, CalicoError when there are none */
export function readDocuments({ filename, recursive, skipEmpty, stdin }: Reading): Resource[] {
  const isFolder = filename !== '-' && statSync(filename, { throwIfNoEntry: false })?.isDirectory() === true
  const files = isFolder ? manifestsIn(filename, recursive) : [filename]
  const found = files.flatMap((file) => {
    const resources = parseDocuments(textOf(file, stdin))
    if (resources.length === 0 && !skipEmpty) throw new CalicoError(`No resources specified in file ${file}`)
    return resources
  })
  if (found.length > 0 || skipEmpty) return found
  throw new CalicoError(`No resources specified in directory ${filename}`)
}

function manifestsIn(folder: string, recursive: boolean): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return recursive ? manifestsIn(path, recursive) : []
    return ['.yaml', '.yml', '.json'].includes(extname(entry.name).toLowerCase()) ? [path] : []
  })
}

function textOf(file: string, stdin: () => string): string {
  if (file === '-') return stdin()
  try {
    return readFileSync(file, 'utf8')
  } catch (thrown) {
    throw new FileError(fileTrouble(file, thrown))
  }
}

/** Why a file can't be read, in Go's words. */
export function fileTrouble(file: string, thrown: unknown): string {
  const { code } = thrown as NodeJS.ErrnoException
  const why = { ENOENT: 'no such file or directory', EACCES: 'permission denied' }[code ?? '']
  return why ? `open ${file}: ${why}` : String(thrown)
}

/** Resources of YAML or JSON, a document or more, each of them one, a list of a kind, or several. @throws FileError */
export function parseDocuments(text: string): Resource[] {
  try {
    return valuesIn(text).flatMap(resourcesIn)
  } catch (thrown) {
    if (thrown instanceof ParseError) throw new FileError(`error parsing document: ${thrown.message}`)
    throw thrown
  }
}

function valuesIn(text: string): unknown[] {
  return [...parseAllDocuments(text)].flatMap((document) => {
    const [error] = document.errors
    if (error) throw new ParseError(`yaml: ${error.message.split('\n')[0]?.replace(/:$/, '')}`)
    const value: unknown = document.toJS()
    return value === null || value === undefined ? [] : [value]
  })
}

function resourcesIn(value: unknown): Resource[] {
  if (Array.isArray(value)) return value.flatMap(resourcesIn)
  if (!isObject(value) || typeof value['kind'] !== 'string') {
    const written = typeof value === 'string' ? value : JSON.stringify(value)
    throw new ParseError(
      `cannot parse ${jsonTypeOf(value)} '${written}' into value of type []unstructured.Unstructured`,
    )
  }
  return ofKind(value['kind'], value)
}

function ofKind(kind: string, object: JsonObject): Resource[] {
  const version = typeof object['apiVersion'] === 'string' ? object['apiVersion'] : ''
  const single = kind.replace(/List$/, '')
  if (version !== API_VERSION || !kindOf(single)) {
    throw new FileError(`Unknown resource type (${kind}) and/or version (${version})`)
  }
  if (single === kind) return [resourceFrom(kind, object, true)]
  return listOf(object['items']).map((item) => resourceFrom(single, objectOf(item), true))
}
