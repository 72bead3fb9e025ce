import { createApiServer } from '../../src/kube/api/api-server.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { createRegistry } from '../../src/kube/registry/registry.ts'
import { loadSchema } from '../../src/kube/schema/schema.ts'

const schema = loadSchema()

/** The client of a real API server with nothing in it, in this process, without controllers. */
export function apiClient(): KubeClient {
  return createApiServer({ registry: createRegistry(), schema }).client
}
