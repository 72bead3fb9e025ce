import { NAMESPACES } from '../resources.ts'
import { definitionOf, type Backend } from './operations/backend.ts'
import { createObject } from './operations/create.ts'

const NAMES = ['default', 'kube-node-lease', 'kube-public', 'kube-system']

/** The namespaces that are always there: kube-apiserver makes them itself. */
export function createSystemNamespaces(backend: Backend): void {
  const definition = definitionOf(backend, NAMESPACES)
  for (const name of NAMES) {
    createObject(backend, definition, undefined, { metadata: { name } }, { manager: 'kube-apiserver' })
  }
}
