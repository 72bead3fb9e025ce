import type { Resource } from '../layout/resource.ts'
import type { ResourceStore } from './resource-store.ts'

/** Of policies that come from other systems, and are stored under their own names. */
const FOREIGN = /^(knp|ossg)\./

const PREFIX = 'default.'

/** Policies: stored as `default.<name>`, and told what they are about by the rules that they have. */
export function policies(store: ResourceStore): ResourceStore {
  return {
    get: async (key) => shown(await store.get({ ...key, name: storedName(key.name) })),
    list: async (namespace) => {
      const { items, resourceVersion } = await store.list(namespace)
      return { items: items.map(shown), resourceVersion }
    },
    create: async (policy) => shown(await store.create(stored(policy))),
    update: async (policy) => shown(await store.update(stored(policy))),
    delete: async (key) => shown(await store.delete({ ...key, name: storedName(key.name) })),
  }
}

const storedName = (name: string) => (FOREIGN.test(name) ? name : PREFIX + name)

function stored(policy: Resource): Resource {
  return { ...policy, metadata: { ...policy.metadata, name: storedName(policy.metadata.name ?? '') } }
}

function shown(policy: Resource): Resource {
  const { name = '' } = policy.metadata
  if (FOREIGN.test(name)) return policy
  return { ...policy, metadata: { ...policy.metadata, name: name.slice(name.indexOf('.') + 1) } }
}

/** The policy with its types, which follow from its rules where it names none. */
export function withTypes(policy: Resource): Resource {
  const { types, ingress, egress } = policy.spec
  if (types !== undefined) return policy
  const implied =
    egress === undefined ? ['Ingress'] : ingress === undefined ? ['Egress'] : ['Ingress', 'Egress']
  return { ...policy, spec: { ...policy.spec, types: implied } }
}
