import { ApiError } from '../client.ts'
import type { ConfigMap, ServiceAccount } from '../objects.ts'
import { CONFIG_MAPS, NAMESPACES, SERVICE_ACCOUNTS } from '../resources.ts'
import type { ControllerContext } from './context.ts'

const ROOT_CA = 'kube-root-ca.crt'
const ABOUT_ROOT_CA =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.'

/** Gives every namespace what pods need to call the API: the default service account and the CA's certificate. */
export function startServiceAccounts(context: ControllerContext, caCertificate: string): void {
  const { client } = context
  const queue = context.queue('serviceaccount', { sync })
  const namespaces = context.watch(NAMESPACES, ({ object }) => queue.add(object.metadata.name))
  const accounts = context.watch(SERVICE_ACCOUNTS, ({ type, object }) => {
    if (type === 'deleted' && object.metadata.name === 'default') queue.add(object.metadata.namespace ?? '')
  })
  const configMaps = context.watch(CONFIG_MAPS, ({ object }) => {
    if (object.metadata.name === ROOT_CA) queue.add(object.metadata.namespace ?? '')
  })

  async function sync(namespace: string): Promise<void> {
    const found = namespaces.get({ name: namespace })
    if (!found || found.metadata.deletionTimestamp) return
    await Promise.all([ensureAccount(namespace), ensureRootCa(namespace)])
  }

  async function ensureAccount(namespace: string): Promise<void> {
    if (accounts.get({ namespace, name: 'default' })) return
    const account: ServiceAccount = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace },
    }
    await unlessThere(client.create(SERVICE_ACCOUNTS, account))
  }

  async function ensureRootCa(namespace: string): Promise<void> {
    const data = { 'ca.crt': caCertificate }
    const current = configMaps.get({ namespace, name: ROOT_CA })
    const configMap: ConfigMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: ROOT_CA, namespace, annotations: { 'kubernetes.io/description': ABOUT_ROOT_CA } },
      data,
    }
    if (!current) await unlessThere(client.create(CONFIG_MAPS, configMap))
    else if (current.data?.['ca.crt'] !== caCertificate)
      await client.update(CONFIG_MAPS, { ...current, data })
  }

  /** It may be there already, when the informer is behind. */
  async function unlessThere(creation: Promise<unknown>): Promise<void> {
    try {
      await creation
    } catch (error) {
      if (!(error instanceof ApiError) || error.status.reason !== 'AlreadyExists') throw error
    }
  }
}
