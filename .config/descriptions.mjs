import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliCompressSync } from 'node:zlib'

const ROOT = resolve(import.meta.dirname, '..')
const MODELS = join(ROOT, 'node_modules/@kubernetes/client-node/dist/gen/models')

/** Groups whose kinds carry their name in the models because another group has a kind of the same name. */
const PREFIX = { core: 'Core', discovery: 'Discovery', apiextensions: 'Apiextensions', rbac: 'Rbac' }

/**
 * What the Kubernetes project says of each type and field that src/kube/schema/facts.json knows:
 * `{ 'core/v1.Pod': { '': 'Pod is …', spec: '…' } }`. Read from the declarations of @kubernetes/client-node when
 * building, so that no copy of those texts lies in this repository.
 */
export function readDescriptions() {
  const facts = JSON.parse(readFileSync(join(ROOT, 'src/kube/schema/facts.json'), 'utf8'))
  return Object.fromEntries(
    Object.keys(facts).flatMap((name) => {
      const file = declarationOf(name)
      return file ? [[name, describe(readFileSync(file, 'utf8'))]] : []
    }),
  )
}

function declarationOf(name) {
  const [home = '', kind = ''] = name.split('.')
  const [group = '', version = ''] = home.split('/')
  const model = `${version.toUpperCase()}${kind}.d.ts`
  return [model, `${PREFIX[group] ?? ''}${model}`]
    .map((file) => join(MODELS, file))
    .find((file) => existsSync(file))
}

const COMMENT = String.raw`/\*\*\s*\n((?:\s*\* ?.*\n)*?)\s*\*/\s*\n`

function describe(text) {
  const type = new RegExp(`${COMMENT}export declare class`).exec(text)
  const fields = text.matchAll(new RegExp(`${COMMENT}    '(\\w+)'\\??: `, 'g'))
  return Object.fromEntries([
    ...(type ? [['', plain(type[1])]] : []),
    ...[...fields].map(([, comment, name]) => [name.replace(/^_/, ''), plain(comment)]),
  ])
}

function plain(comment) {
  return comment
    .replaceAll(/^\s*\* ?/gm, '')
    .replaceAll(/\\(['"])/g, '$1')
    .replaceAll('\\n', '\n')
    .replaceAll('\\\\', '\\')
    .replaceAll('*_/', '*/')
    .trim()
}

/** A rolldown plugin that puts the descriptions into the bundle in place of src/kube/schema/packed-descriptions.ts. */
export function descriptionsPlugin() {
  return {
    name: 'descriptions',
    load(id) {
      if (!id.endsWith('/src/kube/schema/packed-descriptions.ts')) return undefined
      const packed = brotliCompressSync(JSON.stringify(readDescriptions())).toString('base64')
      return { code: `export const PACKED_DESCRIPTIONS = '${packed}'`, moduleType: 'js' }
    },
  }
}
